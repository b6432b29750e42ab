"""What WSGI tells an application of a request, from what granian's RSGI tells."""

import sys
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_NOT_HTTP = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


class Headers(Protocol):
    """A request's headers."""

    def items(self) -> list[tuple[str, str]]:
        """Return them in their order, names in small letters, a repeated one several times."""


class Scope(Protocol):
    """A request without its body.

    - ``path`` is decoded. ``server`` and ``client`` are addresses with their ports.
    """

    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    authority: str | None
    headers: Headers


def make_environ(scope: Scope) -> "WSGIEnvironment":
    """Return the environment of a request by PEP 3333, but for its body.

    - Of a repeated header all values count, in their order.
    - A header with an underscore does not: it would pass for another with a hyphen, as a visitor's
      X_Forwarded_For for the proxy's own.
    """
    name, _, port = scope.server.rpartition(":")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": name,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.input_terminated": True,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for header, value in scope.headers.items():
        if "_" in header:
            continue
        key = _NOT_HTTP.get(header) or f"HTTP_{header.replace('-', '_').upper()}"
        joint = "; " if header == "cookie" else ","
        environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value
    return environ
