"""``petition alive``: whether a process of this host has a recent heartbeat; for health checks.

It runs every few seconds in each container, so it imports little, creates no application, and runs
one query.
"""

import os
import socket
import sys
from pathlib import Path

import click
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from petition.core.database_urls import read_database_url
from petition.core.errors import ConfigurationError
from petition.processes.intervals import LATE_SECONDS

ROLES = ("worker", "scheduler")
_FIND = "SELECT 1 FROM processes WHERE host = :host AND role = :role AND beat_at > {since} LIMIT 1"
_SINCE = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || :seconds || ' seconds')",
    "postgresql": "clock_timestamp() - make_interval(secs => :seconds)",
}


@click.command()
@click.argument("role", type=click.Choice(ROLES))
def alive(role: str) -> None:
    """Exit 0 if a process of ROLE on this host reports that it runs, else 1 with a line."""
    host = socket.gethostname()
    try:
        heard = _is_heard(role, host)
    except ConfigurationError as error:
        _refuse(str(error))
    except SQLAlchemyError as error:
        _refuse(_describe(error))
    if not heard:
        _refuse(
            f"no heartbeat of a {role} on {host} within {LATE_SECONDS:.0f} s; start it, or check "
            "its log"
        )


def _is_heard(role: str, host: str) -> bool:
    url = read_database_url(
        os.environ, Path(os.environ.get("PETITION_DATA_DIR") or "var").resolve()
    )
    engine = create_engine(url, poolclass=NullPool)
    find = text(_FIND.format(since=_SINCE[engine.dialect.name]))
    with engine.connect() as connection:
        values = {"host": host, "role": role, "seconds": LATE_SECONDS}
        return connection.scalar(find, values) is not None


def _describe(error: SQLAlchemyError) -> str:
    """Return what is wrong in one line; the driver's message could contain a password."""
    if isinstance(error, DBAPIError) and (
        not isinstance(error, OperationalError) or "no such table" in str(error.orig)
    ):
        return "the database has no table of processes: run `petition db upgrade`"
    cause = error.orig if isinstance(error, DBAPIError) else error
    return (
        f"the database does not answer ({type(cause).__name__}): start it or correct DATABASE_URL"
    )


def _refuse(words: str) -> None:
    click.echo(f"petition: {words}", err=True)
    sys.exit(1)
