"""Serves the app by granian's own interface, RSGI: a request takes a thread once its body is there.

As a WSGI server granian reads a body in the thread that works on the request, and waits for it for
ever (emmett-framework/granian, issue 728: that is for applications to do). Here bodies arrive in
its event loop: hundreds may be on their way, and no thread waits for any.

- A body that is not there within BODY_SECONDS is answered 408.
- One that is longer than any form may be is not read: the app refuses it by its Content-Length.
- One that breaks off is let go: the app never sees a part of a form.
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

# As long as granian waits for a request's headers.
BODY_SECONDS = 30.0
_BODILESS = frozenset(("GET", "HEAD", "OPTIONS"))
_PLAIN = ("content-type", "text/plain")
# What is left of a body would be read as the connection's next request.
_CLOSE = ("connection", "close")

# A status, headers and content.
Answer = tuple[int, list[tuple[str, str]], bytes]


class BodyRefused(Exception):
    """A body that is not waited for, or cannot be read; ``words`` are said to whoever sent it."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


class BufferingServer:
    """An RSGI application that runs a WSGI application in threads.

    - ``longest``: bytes of the longest body that any page takes.
    - ``seconds``: how long a body is waited for.
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
        """Answer one request; ``exchange`` gives its body and takes the answer (RSGI 1.5)."""
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
            raise BodyRefused(408, "The rest of the request did not come in time.") from None
        except RuntimeError:  # granian's errors
            raise BodyRefused(400, "The request broke off.") from None

    async def _join(self, exchange: Any) -> bytes:
        """Return a body of unknown length."""
        body = bytearray()
        ended = False
        async for piece in exchange:
            if ended:  # its end is one empty piece; one before that stands for an error
                raise BodyRefused(400, "The request broke off.")
            ended = not piece
            body += piece
            if len(body) > self._longest:
                raise BodyRefused(413, "The request is too long.")
        return bytes(body)


def run_app(app: "WSGIApplication", environ: "WSGIEnvironment") -> Answer:
    """Return what the app answers, whole."""
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
