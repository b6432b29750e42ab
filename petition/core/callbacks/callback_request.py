"""Sends one POST to an address that somebody else chose, and reads the status of the answer.

- The host's name is looked up once. Every address that it has must be one that may be asked, and
  the connection is made to one of these: a name that means something else a moment later changes
  nothing. TLS and ``Host`` use the name.
- No redirect is followed, no proxy of the environment is used, nothing is sent but what is given.
- The deadline is for all of it: the look-up, the connection, TLS, and an answer that comes byte by
  byte. requests waits for each byte of a header anew, so ``http.client`` reads from a socket that
  knows the deadline.
"""

import io
import os
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import ip_address
from typing import Any

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from petition.core.callbacks.address_rules import Address, is_within, may_be_asked
from petition.core.callbacks.callback_limits import CallbackLimits
from petition.core.callbacks.callback_urls import CallbackUrl
from petition.core.http import HttpFailure, name_innermost

NO_PUBLIC_ADDRESS = "no public address"
TOO_LATE = "no answer in time"
# Of an answer's content, which nothing reads: so that a server need not see its answer cut off.
DRAINED_BYTES, DRAIN_SECONDS = 16 * 1024, 1.0
_MOST_ADDRESSES = 16
_MOST_TRIED = 3


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """The answer to a call; ``retry_after``: seconds that the server asks to wait, or None."""

    status: int
    retry_after: float | None = None


def post_callback(
    url: CallbackUrl, body: bytes, headers: Mapping[str, str], limits: CallbackLimits
) -> CallbackAnswer:
    """Return the answer to one POST; raises HttpFailure, whose text names nothing of the request.

    - A host without a public address, one with another as well, and a name that does not exist are
      one failure: nobody learns which names a private network has.
    """
    deadline = time.monotonic() + limits.seconds
    try:
        with _connect(url, limits, deadline) as connected:
            return _ask(_Timed(connected, deadline), url, body, headers)
    except HttpFailure:
        raise
    except TimeoutError:
        failure = HttpFailure(TOO_LATE, timed_out=True)
    except ssl.SSLCertVerificationError:
        failure = HttpFailure("certificate refused")
    except ConnectionRefusedError:
        failure = HttpFailure("connection refused")
    except (OSError, HTTPException, ValueError) as error:
        failure = HttpFailure(name_innermost(error))
    raise failure  # here, so that no error of the request becomes its context


def find_addresses(url: CallbackUrl, limits: CallbackLimits, deadline: float) -> list[Address]:
    """Return the addresses of a URL's host, all of which may be asked; raises HttpFailure.

    - The name look-up is made once, in a thread: it has no time limit of its own.
    """
    found = [url.address] if url.address is not None else _look_up(url, deadline)
    good = all(may_be_asked(address, limits.networks) for address in found)
    if url.scheme != "https":
        good = good and all(is_within(address, limits.networks) for address in found)
    if not found or not good:
        raise HttpFailure(NO_PUBLIC_ADDRESS)
    return found


class _Timed(io.RawIOBase):
    """A socket whose every step ends by a deadline; ``http.client`` uses it as a socket."""

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        super().__init__()
        self._socket = connected
        self._deadline = deadline

    def makefile(self, mode: str = "rb") -> io.BufferedReader:
        """Return what ``http.client`` reads the answer from."""
        return io.BufferedReader(self)

    def sendall(self, data: bytes) -> None:
        """Send all of it by the deadline."""
        self._socket.settimeout(_find_left(self._deadline))
        self._socket.sendall(data)

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what has arrived, by the deadline."""
        self._socket.settimeout(_find_left(self._deadline))
        return self._socket.recv_into(buffer)

    def hasten(self, seconds: float) -> None:
        """Let the deadline be no later than ``seconds`` from now."""
        self._deadline = min(self._deadline, time.monotonic() + seconds)


def _look_up(url: CallbackUrl, deadline: float) -> list[Address]:
    found: list[Address] = []

    def ask() -> None:
        with suppress(OSError, UnicodeError):
            answers = socket.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(ip_address(str(answer[4][0])) for answer in answers))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_find_left(deadline))
    if asking.is_alive():
        raise TimeoutError
    return found if len(found) <= _MOST_ADDRESSES else []


def _connect(url: CallbackUrl, limits: CallbackLimits, deadline: float) -> socket.socket:
    last: OSError | None = None
    for address in find_addresses(url, limits, deadline)[:_MOST_TRIED]:
        try:
            return _open(address, url, deadline)
        except ssl.SSLError:
            raise
        except OSError as error:
            last = error
            _find_left(deadline)
    raise last or TimeoutError


def _open(address: Address, url: CallbackUrl, deadline: float) -> socket.socket:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    connected = socket.socket(family, socket.SOCK_STREAM)
    try:
        connected.settimeout(_find_left(deadline))
        connected.connect((str(address), url.port))  # an address: nothing is looked up again
        if url.scheme == "https":
            connected.settimeout(_find_left(deadline))
            return _make_context(_find_authorities()).wrap_socket(
                connected, server_hostname=url.host
            )
    except BaseException:
        connected.close()
        raise
    return connected


def _ask(
    timed: _Timed, url: CallbackUrl, body: bytes, headers: Mapping[str, str]
) -> CallbackAnswer:
    connection = HTTPConnection(url.host, url.port)
    connection.sock = timed  # all that it uses of a socket
    connection.putrequest("POST", url.target, skip_host=True, skip_accept_encoding=True)
    every = {"Host": url.authority, "Connection": "close", "Content-Length": str(len(body))}
    for name, value in {**every, **headers}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    found = CallbackAnswer(answer.status, _read_wait(answer))
    timed.hasten(DRAIN_SECONDS)
    with suppress(OSError, HTTPException, ValueError):
        answer.read(DRAINED_BYTES)
    return found


def _read_wait(answer: HTTPResponse) -> float | None:
    asked = answer.getheader("Retry-After", "").strip()
    return float(asked) if asked.isascii() and asked.isdigit() and len(asked) < 8 else None


def _find_left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _find_authorities() -> str:
    return os.environ.get("REQUESTS_CA_BUNDLE") or DEFAULT_CA_BUNDLE_PATH


@lru_cache(4)
def _make_context(authorities: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authorities)
    context.set_alpn_protocols(["http/1.1"])
    return context
