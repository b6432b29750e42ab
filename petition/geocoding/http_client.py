"""The HTTP client of the geocoders that ask a host: careful with time, size and what is said.

A request carries somebody's address, and an answer decides whether they are turned away. So:

- A redirect is a failure. Followed, it would take the address to a host that nobody chose.
- ``timeout`` is for the whole answer. A server that drips holds up nobody for longer.
- JSON must have the provider's own shape. A proxy's error page, ``null`` or ``{}`` is a failure
  and never "no such place".
- A refused query (400 and its like) is one only where the provider says so, in JSON.
- No error carries words of the request or the answer, nor another error that does.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import requests
from geopy.adapters import AdapterHTTPError, RequestsAdapter
from geopy.exc import GeocoderParseError, GeocoderTimedOut, GeocoderUnavailable
from requests.utils import get_environ_proxies

# An answer for 10,000 addresses takes 2 MB.
LARGEST_ANSWER = 16 * 1024 * 1024
PORTION = 64 * 1024
# Statuses by which a provider says that it cannot take this very query.
REFUSALS = frozenset({400, 412, 413, 414})
BAD_GATEWAY = 502


class CarefulAdapter(RequestsAdapter):  # type: ignore[misc]  # geopy has no types
    """geopy's adapter for requests, with the rules above.

    - ``accepts`` tells whether JSON has the shape of the provider's answers.
    - The environment's proxies are used, and its NO_PROXY is respected.
    """

    def __init__(
        self, *, proxies: object, ssl_context: object, accepts: Callable[[Any], bool]
    ) -> None:
        super().__init__(proxies={}, ssl_context=ssl_context, max_retries=0)
        self._accepts = accepts

    def get_json(self, url: str, *, timeout: float, headers: Mapping[str, str]) -> Any:
        """Return the provider's answer, parsed and of its shape."""
        found = _parse(self._send("GET", url, timeout, headers))
        if not self._accepts(found):
            raise GeocoderParseError("the answer is not the provider's JSON")
        return found

    def get_text(self, url: str, *, timeout: float, headers: Mapping[str, str]) -> str:
        """Return the answer's text."""
        return self._send("GET", url, timeout, headers).decode("utf-8", "replace")

    def post_file(
        self,
        url: str,
        *,
        timeout: float,
        headers: Mapping[str, str],
        fields: Mapping[str, str],
        files: Mapping[str, tuple[str, bytes, str]],
    ) -> str:
        """Return the text that answers an upload; a file is its name, content and type."""
        content = self._send("POST", url, timeout, headers, data=fields, files=files)
        return content.decode("utf-8", "replace")

    def _send(
        self, method: str, url: str, timeout: float, headers: Mapping[str, str], **body: Any
    ) -> bytes:
        deadline = time.monotonic() + timeout
        failure: Exception
        try:
            with self.session.request(
                method,
                url,
                timeout=timeout,
                headers=headers,
                stream=True,
                allow_redirects=False,
                proxies=get_environ_proxies(url, no_proxy=None),
                **body,
            ) as response:
                content = _read(response, deadline)
                status, answered = response.status_code, response.headers
        except (requests.Timeout, TimeoutError):
            failure = GeocoderTimedOut("no answer in time")
        except Exception as error:  # as geopy's own: requests and urllib3 have many
            failure = GeocoderUnavailable(type(error).__name__)
        else:
            if status < 300:
                return content
            if status in REFUSALS and _parse(content) is None:
                status = BAD_GATEWAY
            failure = AdapterHTTPError(
                f"status {status}", status_code=status, headers=answered, text=""
            )
        raise failure  # here, where no error of the request is its context


def _read(response: requests.Response, deadline: float) -> bytes:
    content = bytearray()
    # read1 returns what has come; iter_content would wait until a portion is full.
    while portion := response.raw.read1(PORTION, decode_content=True):
        content += portion
        if time.monotonic() > deadline or len(content) > LARGEST_ANSWER:
            raise TimeoutError
    return bytes(content)


def _parse(content: bytes) -> Any:
    """Return the JSON; None where it is none."""
    try:
        return json.loads(content)
    except ValueError:
        return None
