"""Converts ``DATABASE_URL`` from the form that operators write to the one that SQLAlchemy reads.

- Several hosts may be written as for libpq, ``host1:5432,host2:5432``: SQLAlchemy reads them only
  from the query.
- The error for an unreadable URL contains nothing of it: a password may be in any part of a
  malformed one.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from psycopg import Error
from psycopg.conninfo import make_conninfo
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from petition.core.environment import check_scheme
from petition.core.errors import ConfigurationError

NAME = "DATABASE_URL"
SCHEMES = ("sqlite", "postgresql", "postgresql+psycopg")
PORT = "5432"
FORM = (
    "cannot be read. Write postgresql://user:password@host:5432/name, or for several hosts "
    "postgresql://user:password@host1:5432,host2:5432/name?target_session_attrs=read-write, with "
    "@ : / ? # [ ] % and , of a password as %40 %3A %2F %3F %23 %5B %5D %25 and %2C"
)
_HOST = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^\[\]:,]*)(?::(?P<port>[0-9]{1,5}))?", re.ASCII)


def read_database_url(env: Mapping[str, str], data_dir: Path) -> str:
    """Return the database's URL; SQLite in the data folder if none is set.

    - Raises ConfigurationError for one that cannot be read.
    """
    url = env.get(NAME) or f"sqlite:///{data_dir / 'hundredth.sqlite3'}"
    if url.startswith("postgres://"):  # the spelling of several hosting platforms
        url = "postgresql://" + url.removeprefix("postgres://")
    check_scheme(url, NAME, SCHEMES)
    url = _move_hosts(url)
    try:
        _check(url)
    except (SQLAlchemyError, Error, ValueError) as error:
        raise ConfigurationError(NAME, FORM) from error.with_traceback(None)
    return url


def _move_hosts(url: str) -> str:
    """Move several hosts into the query, from which SQLAlchemy reads them."""
    scheme, _, rest = url.partition("://")
    authority, rest = _split(rest)
    user, at, hosts = authority.rpartition("@")
    if scheme == "sqlite" or "," not in hosts:
        return url
    found = [_HOST.fullmatch(host) for host in hosts.split(",")]
    if not all(found) or re.search(r"[?&](host|port)=", rest):
        raise ConfigurationError(NAME, FORM)
    names = ",".join(one["host"].strip("[]") for one in found if one)
    ports = ",".join(one["port"] or PORT for one in found if one)
    place = f"host={quote(names, safe='%')}&port={quote(ports)}"
    path, _, query = rest.partition("?")
    return f"{scheme}://{user}{at}{path}?{place}" + (f"&{query}" if query else "")


def _split(rest: str) -> tuple[str, str]:
    """Return the part with user and hosts, and the rest."""
    end = re.search(r"[/?#]", rest)
    return (rest[: end.start()], rest[end.start() :]) if end else (rest, "")


def _check(url: str) -> None:
    """Raise the errors that the driver would raise only when it connects, or never."""
    parsed = make_url(url)
    dialect = parsed.get_dialect()()
    _, options = dialect.create_connect_args(parsed)
    if parsed.get_backend_name() != "postgresql":
        return
    make_conninfo("", **options)  # raises for unknown options
    ports = str(options.get("port") or PORT).split(",")
    if not all(0 < int(port) < 65536 for port in ports if port):
        raise ValueError
