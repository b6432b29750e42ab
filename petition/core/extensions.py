"""The Flask extensions, and the functions that open a write transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar, cast

from flask import current_app
from flask_babel import Babel
from flask_migrate import Migrate
from flask_security import Security
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from petition.core.database import is_unavailable
from petition.core.errors import DatabaseUnavailable
from petition.core.settings import Settings
from petition.core.sqlite_write_queue import QUEUE_WRITES

T = TypeVar("T")

# Sessions and engines only: the models derive from petition.core.database.Base, which mypy can
# read.
#
# Bulk updates and deletes do not change the objects of the session: code that needs the new values
# reads the rows again. A statement whose objects are used after it sets "auto".
db = SQLAlchemy(session_options={"execution_options": {"synchronize_session": False}})
migrate = Migrate()
csrf = CSRFProtect()
security = Security()
babel = Babel()


def get_settings() -> Settings:
    """Return the settings of the current app."""
    return cast(Settings, current_app.extensions["hundredth"])


def keep_for_app(name: str, make: Callable[[], T]) -> T:
    """Return the object that the current app keeps under a name, made at its first use.

    - A cache or a client of one process, not shared with another app of the same process.
    """
    kept = current_app.extensions.get(name)
    if kept is None:
        # Two threads that are first at once both use the object that one of them made.
        kept = current_app.extensions.setdefault(name, make())
    return cast(T, kept)


@contextmanager
def transaction() -> Iterator[Session]:
    """Yield a session in one write transaction that commits at the end or is rolled back.

    - SQLite begins it with BEGIN IMMEDIATE: a plain BEGIN that reads and then writes fails with
      "database is locked" under load.
    - Rows that this session read before are expired, so that no stale row is written back.
    - Raises DatabaseUnavailable if the database is locked, unreachable or out of space.
    """
    session = cast(Session, db.session())
    if session.in_transaction():
        if session.new or session.dirty or session.deleted:
            raise RuntimeError("a write transaction was opened with unsaved changes in the session")
        session.rollback()
    try:
        session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
        yield session
        session.commit()
    except DBAPIError as error:
        session.rollback()
        if is_unavailable(error):
            raise DatabaseUnavailable(type(error.orig).__name__) from error
        raise
    except BaseException:
        session.rollback()
        raise


@contextmanager
def core_transaction() -> Iterator[Connection]:
    """Yield a connection in one write transaction, for the path with the highest load.

    - As ``transaction``, without the session's unit of work, which costs more than the insert.
    """
    with _tell_unavailable(), db.engine.connect() as bare:
        connection = bare.execution_options(sqlite_begin="IMMEDIATE", **{QUEUE_WRITES: True})
        with connection.begin():
            yield connection


@contextmanager
def core_statements() -> Iterator[Connection]:
    """Yield a connection on which each statement is its own transaction, durable once it returns.

    - For a path that needs one statement only: it saves the round trips of begin and commit, and
      SQLite's write lock is not held while Python prepares the statement.
    - Raises DatabaseUnavailable as ``transaction`` does.
    """
    with _tell_unavailable(), db.engine.connect() as bare:
        # SQLite's driver never begins by itself (petition/core/database.py); psycopg needs the
        # isolation level for that.
        options = (
            {"sqlite_begin": None, QUEUE_WRITES: True}
            if bare.dialect.name == "sqlite"
            else {"isolation_level": "AUTOCOMMIT"}
        )
        yield bare.execution_options(**options)


@contextmanager
def _tell_unavailable() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if is_unavailable(error):
            raise DatabaseUnavailable(type(error.orig).__name__) from error
        raise
