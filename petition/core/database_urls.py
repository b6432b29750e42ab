"""``DATABASE_URL`` as operators write it, and as SQLAlchemy reads it.

- Several hosts may stand as libpq has them, ``host1:5432,host2:5432``: SQLAlchemy reads them from
  the query alone.
- What cannot be read is refused here, in words that hold nothing of the value: a password may stand
  in any part of one that is written wrong.
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
    """Return the database's URL; SQLite in the data folder where none is set.

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
    """Write several hosts into the query, where SQLAlchemy looks for them."""
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
    """Return what names user and hosts, and what comes after it."""
    end = re.search(r"[/?#]", rest)
    return (rest[: end.start()], rest[end.start() :]) if end else (rest, "")


def _check(url: str) -> None:
    """Raise what the driver would only raise once it connects, or nothing at all."""
    parsed = make_url(url)
    dialect = parsed.get_dialect()()
    _, options = dialect.create_connect_args(parsed)
    if parsed.get_backend_name() != "postgresql":
        return
    make_conninfo("", **options)  # options that there are not
    ports = str(options.get("port") or PORT).split(",")
    if not all(0 < int(port) < 65536 for port in ports if port):
        raise ValueError
