"""The WSGI environment of a request, built from granian's RSGI scope."""

import sys
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_NOT_HTTP = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


class Headers(Protocol):
    """A request's headers."""

    def items(self) -> list[tuple[str, str]]:
        """Return them in order, with lower-case names; a repeated header occurs several times."""


class Scope(Protocol):
    """A request without its body.

    - ``path`` is percent-decoded. ``server`` and ``client`` are addresses with ports.
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
    """Return the PEP 3333 environment of a request, without ``wsgi.input``.

    - The values of a repeated header are joined in order.
    - A header with an underscore is dropped: it would be taken for one with a hyphen, such as a
      visitor's X_Forwarded_For for the X-Forwarded-For of the proxy.
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
