"""Sends one HTTP request to a host of the settings, with limits on the time and the size.

- A redirect is returned and never followed: it would send the data to a host that nobody chose.
- The time limit is for the whole answer, so a server that sends byte by byte cannot exceed it.
- A failure contains the class of the error and nothing of the request or the answer: those may
  contain addresses and keys.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests.utils import get_environ_proxies

PORTION_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class WholeAnswer:
    """An answer that was read to its end; the names of ``headers`` are case-insensitive."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class HttpFailure(Exception):
    """No answer was read; the text is "no answer in time" or the class of the innermost error."""

    def __init__(self, reason: str, *, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.timed_out = timed_out


def request_whole(
    session: requests.Session,
    method: str,
    url: str,
    *,
    seconds: float,
    largest: int,
    connect_seconds: float | None = None,
    direct: bool = False,
    decode: bool = True,
    **more: Any,
) -> WholeAnswer:
    """Return the answer to one request; raises HttpFailure if there is none.

    - ``seconds``: limit for the whole request; ``connect_seconds``: for the connection, if shorter.
    - ``largest``: limit of the content in bytes; a larger answer raises HttpFailure.
    - ``direct``: bypass the environment's proxies. ``decode``: decompress gzip and the like.
    - ``more``: headers and body, as arguments of requests.
    """
    deadline = time.monotonic() + seconds
    try:
        with session.request(
            method,
            url,
            timeout=(connect_seconds or seconds, seconds),
            stream=True,
            allow_redirects=False,
            proxies={} if direct else get_environ_proxies(url, no_proxy=None),
            **more,
        ) as response:
            content = _read(response, deadline, largest, decode)
            return WholeAnswer(response.status_code, response.headers, content)
    except (requests.Timeout, TimeoutError):
        failure = HttpFailure("no answer in time", timed_out=True)
    except Exception as error:  # requests and urllib3 raise many classes
        failure = HttpFailure(name_innermost(error))
    raise failure  # here, so that no error of the request becomes its context


def _read(response: requests.Response, deadline: float, largest: int, decode: bool) -> bytes:
    content = bytearray()
    # read1 returns what has arrived, while iter_content waits for a full portion; urllib3 raises if
    # less arrived than was announced.
    while portion := response.raw.read1(PORTION_BYTES, decode_content=decode):
        content += portion
        if time.monotonic() > deadline or len(content) > largest:
            raise TimeoutError
    return bytes(content)


def name_innermost(error: Exception) -> str:
    """Return the class of an error's innermost cause; its message may contain the whole URL."""
    while isinstance(cause := error.__cause__ or error.__context__, Exception):
        error = cause
    return type(error).__name__
