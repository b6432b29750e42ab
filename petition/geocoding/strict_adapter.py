"""geopy's adapter over petition/core/http.py, with strict rules on what counts as an answer.

A request carries a person's address, and an answer decides whether their signature is placed:

- A redirect is a failure. ``timeout`` is for the whole answer.
- JSON must have the provider's own shape. A proxy's error page, ``null`` or ``{}`` is a failure and
  never "no such place".
- A refused query (400 and similar) counts as one only if the body is the provider's JSON.
- No error contains text of the request or the answer, or is chained to one that does.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from geopy.adapters import AdapterHTTPError, RequestsAdapter
from geopy.exc import GeocoderParseError, GeocoderTimedOut, GeocoderUnavailable

from petition.core.http import HttpFailure, request_whole

# An answer for 10,000 addresses takes 2 MB.
LARGEST_ANSWER = 16 * 1024 * 1024
# Statuses by which a provider refuses one query.
REFUSALS = frozenset({400, 412, 413, 414})
BAD_GATEWAY = 502


class StrictAdapter(RequestsAdapter):  # type: ignore[misc]  # geopy has no types
    """geopy's adapter for requests, with the rules above.

    - ``accepts`` returns whether JSON has the shape of the provider's answers.
    - The environment's proxies are used, and its NO_PROXY is respected.
    """

    def __init__(
        self, *, proxies: object, ssl_context: object, accepts: Callable[[Any], bool]
    ) -> None:
        super().__init__(proxies={}, ssl_context=ssl_context, max_retries=0)
        self._accepts = accepts

    def get_json(self, url: str, *, timeout: float, headers: Mapping[str, str]) -> Any:
        """Return the provider's answer, parsed and checked for its shape."""
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
        """Return the text of the answer to an upload; a file is its name, content and type."""
        content = self._send("POST", url, timeout, headers, data=fields, files=files)
        return content.decode("utf-8", "replace")

    def _send(
        self, method: str, url: str, timeout: float, headers: Mapping[str, str], **body: Any
    ) -> bytes:
        failure: Exception
        try:
            answer = request_whole(
                self.session,
                method,
                url,
                seconds=timeout,
                largest=LARGEST_ANSWER,
                headers=headers,
                **body,
            )
        except HttpFailure as error:
            kind = GeocoderTimedOut if error.timed_out else GeocoderUnavailable
            failure = kind(str(error))
        else:
            status = answer.status
            if status < 300:
                return answer.content
            if status in REFUSALS and _parse(answer.content) is None:
                status = BAD_GATEWAY
            failure = AdapterHTTPError(
                f"status {status}", status_code=status, headers=answer.headers, text=""
            )
        raise failure  # here, so that no error of the request becomes its context


def _parse(content: bytes) -> Any:
    """Return the parsed JSON; None if it is not JSON."""
    try:
        return json.loads(content)
    except ValueError:
        return None
