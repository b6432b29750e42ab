"""Which names the service answers to: a made-up Host would stand in redirects and break routing.

- The host of ``PETITION_PUBLIC_URL``, this machine's own names, and ``PETITION_TRUSTED_HOSTS``.
- Whether the process lives, serves, and with which figures, is asked by any name: a balancer knows
  a process by its address.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

OPEN = frozenset({"/healthz", "/readyz", "/metrics"})
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
# RFC 3986, 3.2.2: a name or an address, and a port.
_HOST = re.compile(
    r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,9})\.?(:\d{1,5})?"
)
_LONGEST = 255  # characters; RFC 1035, 2.3.4
_REFUSAL = b"This address does not belong to this service.\n"
# The address may hold a link's token: no cache keeps the answer, and no other site learns of it.
_HEADERS = [
    ("Content-Type", "text/plain"),
    ("Content-Length", str(len(_REFUSAL))),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Robots-Tag", "noindex"),
]


class HostGate:
    """A WSGI application that passes on the requests for our own names."""

    def __init__(self, application: "WSGIApplication", names: Iterable[str]) -> None:
        self._application = application
        self._names = frozenset(name.lower() for name in names)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer 400 to a request by another name; nothing of it is logged."""
        if not self._is_ours(environ.get("HTTP_HOST", "")):
            if environ.get("PATH_INFO") not in OPEN:
                start_response("400 Bad Request", list(_HEADERS))
                return [_REFUSAL]
            environ["HTTP_HOST"] = LOOPBACK[0]
        return self._application(environ, start_response)

    def _is_ours(self, host: str) -> bool:
        if host in self._names:  # nearly all, where no port is named
            return True
        match = _HOST.fullmatch(host.lower()) if len(host) <= _LONGEST else None
        return match is not None and match[1] in self._names


def init_app(app: Flask, public_url: str, trusted: Iterable[str]) -> None:
    """Put the gate before the app."""
    own = urlsplit(public_url).hostname or ""
    own = f"[{own}]" if ":" in own else own
    app.wsgi_app = HostGate(  # type: ignore[method-assign]
        app.wsgi_app, (own, *LOOPBACK, *trusted)
    )
