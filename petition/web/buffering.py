"""Serves the app by granian's RSGI interface: a request takes a thread once its body has arrived.

As a WSGI server granian reads the body in the thread that handles the request, without a time-out
(emmett-framework/granian, issue 728: left to applications). Here bodies are received in its event
loop: hundreds may be in transit without occupying a thread.

- A body that has not arrived within BODY_SECONDS is answered with 408.
- One longer than any form may be is not read: the app refuses it by its Content-Length.
- An incomplete body is discarded with 400: the app never sees part of a form.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from petition.web.request_threads import Threads
from petition.web.wsgi_environ import Scope, make_environ

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

# The same as granian's time-out for the headers of a request.
BODY_SECONDS = 30.0
_BODILESS = frozenset(("GET", "HEAD", "OPTIONS"))
_PLAIN = ("content-type", "text/plain")
# The unread rest of a body would otherwise be parsed as the next request of the connection.
_CLOSE = ("connection", "close")

# A status, headers and content.
Answer = tuple[int, list[tuple[str, str]], bytes]


class BodyRefused(Exception):
    """A body that timed out or cannot be read; ``words`` is the text of the response."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


class BufferingServer:
    """An RSGI application that runs a WSGI application in threads.

    - ``longest``: bytes of the longest body that any page accepts.
    - ``seconds``: the time-out for a body.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        longest: int,
        seconds: float = BODY_SECONDS,
    ) -> None:
        self._app = app
        self._longest = longest
        self._seconds = seconds
        self._threads = Threads()

    async def __rsgi__(self, scope: Scope, exchange: Any) -> None:
        """Handle one request; ``exchange`` is RSGI's protocol object (RSGI 1.5)."""
        environ = make_environ(scope)
        try:
            body = await self._read_body(environ, exchange)
        except BodyRefused as refused:
            content = f"{refused.words}\n".encode()
            exchange.response_bytes(refused.status, [_PLAIN, _CLOSE], content)
            return
        environ["wsgi.input"] = BytesIO(body)
        answer = await self._threads.run(partial(run_app, self._app, environ))
        exchange.response_bytes(*answer)

    async def _read_body(self, environ: "WSGIEnvironment", exchange: Any) -> bytes:
        length = environ.get("CONTENT_LENGTH", "")
        chunked = "HTTP_TRANSFER_ENCODING" in environ
        if environ["REQUEST_METHOD"] in _BODILESS or not (chunked or length):
            return b""
        if not chunked and int(length) > self._longest:  # hyper passes digits only
            return b""
        try:
            async with asyncio.timeout(self._seconds):
                body: bytes = await (self._join(exchange) if chunked else exchange())
                return body
        except TimeoutError:
            raise BodyRefused(408, "The rest of the request did not arrive in time.") from None
        except RuntimeError:  # granian's errors
            raise BodyRefused(400, "The request broke off.") from None

    async def _join(self, exchange: Any) -> bytes:
        """Return a chunked body."""
        body = bytearray()
        ended = False
        async for piece in exchange:
            if ended:  # the end is one empty piece; an empty piece before it means an error
                raise BodyRefused(400, "The request broke off.")
            ended = not piece
            body += piece
            if len(body) > self._longest:
                raise BodyRefused(413, "The request is too long.")
        return bytes(body)


def run_app(app: "WSGIApplication", environ: "WSGIEnvironment") -> Answer:
    """Return the complete response of the app."""
    begun: list[tuple[int, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], _: object = None, /
    ) -> Callable[[bytes], object]:
        begun.append((int(status[:3]), headers))
        return written.append

    content = app(environ, start_response)
    try:
        written.extend(content)
    finally:
        close = getattr(content, "close", None)
        if close is not None:
            close()
    status, headers = begun[-1]
    return status, headers, b"".join(written)
