"""Host header validation: a forged Host would appear in redirects and break routing.

- Allowed: the host of ``PETITION_PUBLIC_URL``, loopback names, and ``PETITION_TRUSTED_HOSTS``.
- Health, readiness and metrics are served for any host: a load balancer uses the IP address.
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
# The URL may contain the token of a link: no cache may store it, and no other site may receive it.
_HEADERS = [
    ("Content-Type", "text/plain"),
    ("Content-Length", str(len(_REFUSAL))),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Robots-Tag", "noindex"),
]


class HostGate:
    """A WSGI middleware that passes on the requests for allowed hosts only."""

    def __init__(self, application: "WSGIApplication", names: Iterable[str]) -> None:
        self._application = application
        self._names = frozenset(name.lower() for name in names)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Respond with 400 to a request for another host, without logging any of it."""
        if not self._is_ours(environ.get("HTTP_HOST", "")):
            if environ.get("PATH_INFO") not in OPEN:
                start_response("400 Bad Request", list(_HEADERS))
                return [_REFUSAL]
            environ["HTTP_HOST"] = LOOPBACK[0]
        return self._application(environ, start_response)

    def _is_ours(self, host: str) -> bool:
        if host in self._names:  # the usual case, without a port
            return True
        match = _HOST.fullmatch(host.lower()) if len(host) <= _LONGEST else None
        return match is not None and match[1] in self._names


def init_app(app: Flask, public_url: str, trusted: Iterable[str]) -> None:
    """Wrap the app in the middleware."""
    own = urlsplit(public_url).hostname or ""
    own = f"[{own}]" if ":" in own else own
    app.wsgi_app = HostGate(  # type: ignore[method-assign]
        app.wsgi_app, (own, *LOOPBACK, *trusted)
    )
