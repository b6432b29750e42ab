"""The statements of tests that run on SQLite alone, each executed on PostgreSQL as well.

- Each distinct statement of the service is executed at the end of the first test that used it, in
  a transaction that is rolled back: the test fails if PostgreSQL refuses it.
- Distinct are what SQLAlchemy compiles once, and what kinds of values its parameters have: none,
  numbers by their bytes, texts with a zero character.
- The database has all tables and no rows, no trigger acts, no foreign key is checked. So syntax,
  names, types, GROUP BY, ON CONFLICT, FOR UPDATE and the CHECKs of inserted rows are tried; what
  depends on rows that are there is not.
"""

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any
from weakref import WeakSet

from flask import Flask
from pytest import MonkeyPatch
from sqlalchemy import Connection, Engine, Executable, event
from sqlalchemy.dialects.sqlite.dml import OnConflictClause
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import SQLAlchemyError

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SERVICE = (f"{ROOT}/petition/", f"{ROOT}/workers/")
TESTS = f"{ROOT}/tests/"
OWN = os.path.abspath(__file__)

# What SQLite alone knows, and the modules that say it another way on PostgreSQL; each with a folder
# of tests that run on both and execute PostgreSQL's way.
SQLITE_WORDS = "json_each("
BRANCHES = {
    "petition/counting/departures.py": "tests/counting/",
    "petition/counting/ledger.py": "tests/counting/",
    "petition/counting/milestones.py": "tests/counting/",
    "petition/counting/network_spread.py": "tests/counting/",
    "petition/locating/mailbox_history.py": "tests/locating/",
    "petition/locating/placement_store.py": "tests/locating/",
}
# What is of the transaction or of SQLite's connection, and is no statement of the service.
RAW = ("BEGIN", "PRAGMA ", "SAVEPOINT ", "RELEASE SAVEPOINT ", "ROLLBACK TO SAVEPOINT ")
# Programs that touch no database.
HARMLESS = {"pdftotext", "pdftoppm", "pdfinfo", "openssl", "ldconfig", "gcc", "ld"}
# Python's audit events of processes; the last one is that of tests/forked.py.
STARTS = {"subprocess.Popen", "os.fork", "os.posix_spawn", "os.kill", "os.killpg", "tests.forked"}

# SQLite's ON CONFLICT names no constraint, which is all that PostgreSQL's has more.
OnConflictClause.constraint_target = None  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Used:
    """A statement of the service, with the parameters of one execution.

    - ``text`` is what SQLite was sent, ``where`` the line that executed it, ``modules`` those that
      were called for it.
    """

    statement: Executable | str
    parameters: list[dict[str, Any]]
    text: str
    where: str
    modules: frozenset[str]


@dataclass
class Findings:
    """What one test on SQLite alone did."""

    used: list[Used] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Raise AssertionError where the test needs PostgreSQL, or a statement is not for it."""
        breaches = [
            f"mark it both_databases: it {breach}" for breach in dict.fromkeys(self.breaches)
        ]
        if breaches or self.refused:
            raise AssertionError("\n".join([*breaches, *self.refused]))


class Statements:
    """The distinct statements of one process, and the test that is watched now."""

    def __init__(self) -> None:
        self._seen: dict[object, set[object]] = {}
        self._now: Findings | None = None
        self._database = ""
        self._threads: WeakSet[threading.Thread] = WeakSet()
        self._process = os.getpid()

    @contextmanager
    def listen(self) -> Iterator[None]:
        """Listen to the engines of this process, within the ``with``."""
        event.listen(Engine, "after_cursor_execute", self._note)
        event.listen(Engine, "handle_error", self._note_error)
        sys.addaudithook(self._note_start)  # which Python keeps to its end
        start = threading.Thread.start

        def note_and_start(thread: threading.Thread) -> None:
            callers = _list_callers(sys._getframe(1))
            if callers and callers[0].startswith(TESTS):
                self._threads.add(thread)
            start(thread)

        try:
            with MonkeyPatch.context() as patch:
                patch.setattr(threading.Thread, "start", note_and_start)
                yield
        finally:
            event.remove(Engine, "after_cursor_execute", self._note)
            event.remove(Engine, "handle_error", self._note_error)
            self._now = None

    @contextmanager
    def watch(self, database: str) -> Iterator[Findings]:
        """Collect what is done within the ``with``: statements that are new to this process.

        - ``database``: the path of the test's file. What it refuses is the test's; the service may
          still look after that of an earlier test, in a thread.
        """
        self._now = found = Findings()
        self._database = database
        try:
            yield found
        finally:
            self._now = None

    def _note(
        self,
        connection: Connection,
        _cursor: DBAPICursor,
        text: str,
        parameters: Any,
        context: Any,
        _executemany: bool,
    ) -> None:
        now = self._now
        if now is None or connection.dialect.name != "sqlite":
            return
        if threading.current_thread() in self._threads:
            now.breaches.append("executes statements in a thread that it starts")
        compiled = context.compiled
        # What was compiled for this execution only is known by its text.
        key = text if compiled is None or context.cache_hit.value > 1 else compiled
        shape = _describe(parameters, compiled)
        seen = self._seen.get(key)
        if seen is not None and shape in seen:
            return
        callers = _list_callers(sys._getframe(1))
        if not callers or not callers[0].startswith(SERVICE):
            return  # a test asks or changes the database by itself
        self._seen.setdefault(key, set()).add(shape)
        if text.startswith(RAW):
            return
        files = [caller.removeprefix(f"{ROOT}/") for caller in callers]
        now.used.append(
            Used(
                text if compiled is None else context.invoked_statement,
                [] if compiled is None else _take_given(context),
                text,
                files[0],
                frozenset(file.partition(":")[0] for file in files),
            )
        )

    def _note_error(self, context: ExceptionContext) -> None:
        engine = context.engine
        if self._now is not None and engine and engine.url.database == self._database:
            error = context.original_exception
            self._now.breaches.append(f"has a statement that the database refused ({error!r:.80})")

    def _note_start(self, kind: str, arguments: tuple[Any, ...]) -> None:
        if self._now is None or kind not in STARTS or os.getpid() != self._process:
            return
        if kind == "subprocess.Popen":
            kind = os.path.basename(os.fsdecode(arguments[0] or arguments[1][0]))
        if kind not in HARMLESS:
            self._now.breaches.append(f"starts, forks or signals a process ({kind})")


def _describe(parameters: Any, compiled: Any) -> object:
    """Return the kinds of the values; without their order where their number varies."""
    if parameters and isinstance(parameters[0], tuple):  # several rows, or one row of several
        return frozenset(kind for row in parameters for kind in map(_name_kind, row))
    if compiled is not None and (compiled.post_compile_params or compiled._insertmanyvalues):
        return frozenset(map(_name_kind, parameters))
    return tuple(map(_name_kind, parameters))


def _name_kind(value: object) -> object:
    if type(value) is int:
        return 4 if -(2**31) <= value < 2**31 else 8
    if type(value) is str and "\0" in value:
        return "zero"
    return type(value)


def _take_given(context: Any) -> list[dict[str, Any]]:
    """Return the parameters that were given beside the statement; of many executions, of two."""
    names = context.compiled.column_keys or ()
    lists = context._expanded_parameters or {}  # name of a list: the names of its values
    return [
        {name: row[name] for name in names if name in row}
        | {name: [row[one] for one in lists[name]] for name in names if name in lists}
        for row in context.compiled_parameters[:2]
    ]


def _list_callers(frame: FrameType | None) -> list[str]:
    """Return file and line of the service and of tests that led here, the innermost first."""
    found = []
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith((*SERVICE, TESTS)) and name != OWN:
            found.append(f"{name}:{frame.f_lineno}")
        frame = frame.f_back
    return found


class Replay:
    """PostgreSQL, on which statements are executed and undone."""

    def __init__(self, app: Flask, connection: Connection) -> None:
        self._app = app
        self._connection = connection
        with connection.begin():
            # Neither triggers nor foreign keys: the rows that they ask for are not there.
            connection.exec_driver_sql("SET session_replication_role = replica")

    def find_refused(self, used: Sequence[Used]) -> list[str]:
        """Return a text for each statement that PostgreSQL refuses."""
        with self._app.app_context():  # of whose keys the sealed columns are
            return [text for one in used if (text := self._try(one)) is not None]

    def _try(self, used: Used) -> str | None:
        if SQLITE_WORDS in used.text and used.modules & BRANCHES.keys():
            return None
        if isinstance(used.statement, str):
            return f"{used.where}: written for one database: {used.statement}"
        transaction = self._connection.begin()
        try:
            self._connection.execute(used.statement, used.parameters or None).close()
        except (SQLAlchemyError, ArithmeticError, TypeError, ValueError) as error:
            return f"{used.where}: PostgreSQL refuses a statement: {type(error).__name__}: {error}"
        finally:
            transaction.rollback()
        return None
