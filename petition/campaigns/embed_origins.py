"""The websites that may frame a campaign's embedded pages, as listed in its file."""

import re
from dataclasses import dataclass
from typing import Any

from petition.campaigns.field_kinds import Problems, cut, is_a
from petition.campaigns.field_lists import is_short
from petition.campaigns.problem_codes import DefinitionProblem
from petition.core.errors import Problem

# An origin (RFC 6454) in a browser's format; it is put into a header of the embedded pages.
ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::(?P<port>[1-9][0-9]{0,4}))?",
    re.ASCII,
)
LOOPBACK = ("localhost", "127.0.0.1")
DEFAULT_PORTS = {"http": "80", "https": "443"}


@dataclass(frozen=True, slots=True)
class Origins:
    """Websites, each ``https://host``, with a port unless it is the default, without a path.

    - ``http`` only for hosts of LOOPBACK, for trials.
    """

    most: int

    def read(self, name: str, value: Any, problems: Problems) -> list[str] | None:
        """Return them in a browser's format, each once, or add their problems and return None."""
        if not is_a(list, name, value, problems) or not is_short(name, value, self.most, problems):
            return None
        found = [_read_origin(name, item, problems) for item in value]
        read = [origin for origin in found if origin is not None]
        return list(dict.fromkeys(read)) if len(read) == len(found) else None


def _read_origin(name: str, value: Any, problems: Problems) -> str | None:
    match = ORIGIN.fullmatch(value.lower()) if isinstance(value, str) else None
    if match is None:
        problems.append(Problem(DefinitionProblem.NOT_ORIGIN, {"found": cut(value)}, name))
        return None
    scheme, host, port = match["scheme"], match["host"], match["port"]
    if scheme == "http" and host not in LOOPBACK:
        problems.append(Problem(DefinitionProblem.INSECURE_ORIGIN, {"found": cut(value)}, name))
        return None
    # A browser omits the default port.
    return f"{scheme}://{host}" + (f":{port}" if port and port != DEFAULT_PORTS[scheme] else "")
