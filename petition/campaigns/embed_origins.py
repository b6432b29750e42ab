"""The websites that may frame a campaign's embedded pages, as its file names them."""

import re
from typing import Any

from petition.core.errors import ImportRefused

# An origin (RFC 6454) as a browser writes it; it stands in a header of the embedded pages.
ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::(?P<port>[1-9][0-9]{0,4}))?",
    re.ASCII,
)
LOOPBACK = ("localhost", "127.0.0.1")
DEFAULT_PORTS = {"http": "80", "https": "443"}


def check_origins(found: Any) -> list[str]:
    """Return the websites as they may be stored, each once; raises ImportRefused naming the key.

    - Each is ``https://host``, with a port where it is not the usual one, and without a path.
      ``http`` only on the machine itself, for trying things out.
    """
    if not isinstance(found, list):
        raise ImportRefused(f"embed_origins: a list is expected; the file has {found!r}")
    return list(dict.fromkeys(_check_origin(value) for value in found))


def _check_origin(value: Any) -> str:
    match = ORIGIN.fullmatch(value.lower()) if isinstance(value, str) else None
    if match is None:
        raise ImportRefused(
            "embed_origins: a website is written like https://group.example, without a path, "
            f"other letters in its ASCII form (xn--); the file has {value!r}"
        )
    scheme, host, port = match["scheme"], match["host"], match["port"]
    if scheme == "http" and host not in LOOPBACK:
        raise ImportRefused(f"embed_origins: https is needed; the file has {value!r}")
    # A browser never names the usual port.
    return f"{scheme}://{host}" + (f":{port}" if port and port != DEFAULT_PORTS[scheme] else "")
