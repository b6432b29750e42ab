"""``scripts/setup`` on a small project of its own: real environments, a real pip, no network.

The project under test has an empty lock and a build backend of a few lines, so that an
environment takes seconds. What the system has is decided by the one folder on PATH.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "tiny"
version = "1"
"""
BACKEND = """
import zipfile
from pathlib import Path

META = "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1\\n"
WHEEL = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"


def build_editable(folder, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(Path(folder) / "tiny-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny-1.dist-info/METADATA", META)
        wheel.writestr("tiny-1.dist-info/WHEEL", WHEEL)
        wheel.writestr("tiny-1.dist-info/RECORD", "")
        wheel.writestr("tiny.pth", str(Path.cwd()))
    return "tiny-1-py3-none-any.whl"
"""
# A package manager that writes down what it was asked, and brings pdftotext.
APT = """#!/bin/sh
echo "apt-get $*" >> {log}
case "$*" in
*poppler-utils*) ln -s /bin/true {bin}/pdftotext ;;
esac
"""


class Machine:
    """A project folder, and a PATH on which only the wanted commands are."""

    first: subprocess.CompletedProcess[str]

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        self.bin = folder / "bin"
        self.log = folder / "apt.log"
        self.bin.mkdir()
        (self.project / "requirements").mkdir(parents=True)
        for name in ("dev.txt", "build.txt"):
            (self.project / "requirements" / name).touch()
        (self.project / "pyproject.toml").write_text(PROJECT)
        (self.project / "backend.py").write_text(BACKEND)
        shutil.copytree(ROOT / "scripts", self.project / "scripts")
        for name in ("sh", "dirname", "env", "fc-list"):
            self.link(name)
        (self.bin / "chromium").symlink_to("/bin/true")
        (self.bin / "python3").symlink_to(Path(sys.executable).resolve())

    def link(self, name: str) -> None:
        """Put a command of this machine on the PATH."""
        found = shutil.which(name)
        assert found is not None, f"{name} is needed by this test"
        (self.bin / name).symlink_to(found)

    def add_apt(self) -> None:
        """Put a package manager on the PATH that only writes down what it was asked."""
        self.link("ln")
        path = self.bin / "apt-get"
        path.write_text(APT.format(log=self.log, bin=self.bin))
        path.chmod(0o755)

    def run(
        self, *words: str, before: tuple[str, ...] = (), **settings: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the set-up as a person would, with nothing of this process's environment."""
        return subprocess.run(
            [*before, str(self.project / "scripts" / "setup"), *words],
            env={"PATH": str(self.bin), "HOME": str(self.project), "PIP_NO_INDEX": "1"} | settings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def list_files(self) -> dict[str, int]:
        """Every file of the environment with the time of its last change."""
        venv = self.project / ".venv"
        return {str(path): path.lstat().st_mtime_ns for path in venv.rglob("*")}


def stop_being_root() -> tuple[str, ...]:
    """The words before a command that take root's name from it and leave it its files."""
    if os.geteuid() != 0:
        return ()
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "--user", "true"], check=False).returncode != 0:
        pytest.skip("root cannot stop being root here: no user namespaces")
    return (unshare, "--user")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine on which only pdftotext may be missing."""
    return Machine(tmp_path)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine whose project was set up once to run, without what only tests need."""
    made = Machine(tmp_path_factory.mktemp("ready"))
    made.first = made.run("run")
    assert made.first.returncode == 0, made.first.stdout + made.first.stderr
    return made


def test_what_only_tests_need_does_not_stop_a_run(ready: Machine) -> None:
    assert ready.first.returncode == 0
    assert "pdftotext" not in ready.first.stdout
    assert (ready.project / ".venv" / "bin" / "python").exists()


def test_a_second_set_up_changes_nothing(ready: Machine) -> None:
    before = ready.list_files()

    done = ready.run("run")

    assert done.returncode == 0
    assert "nothing to do" in done.stdout
    assert ready.list_files() == before


def test_a_new_lock_is_installed_without_making_the_environment_anew(ready: Machine) -> None:
    kept = ready.project / ".venv" / "kept"
    kept.touch()
    (ready.project / "requirements" / "dev.txt").write_text("# changed\n")

    done = ready.run("run")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing to do" not in done.stdout
    assert kept.exists()


def test_a_half_made_environment_is_made_anew(ready: Machine) -> None:
    left = ready.project / ".venv" / "hundredth-unfinished"
    left.touch()
    stale = ready.project / ".venv" / "stale"
    stale.touch()

    done = ready.run("run")

    assert done.returncode == 0, done.stdout + done.stderr
    assert not left.exists()
    assert not stale.exists()


def test_a_moved_environment_is_made_anew(ready: Machine, tmp_path: Path) -> None:
    moved = Machine(tmp_path)
    shutil.copytree(ready.project / ".venv", moved.project / ".venv", symlinks=True)

    done = moved.run("run")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "making it anew" in done.stdout
    assert str(moved.project) in (moved.project / ".venv" / "bin" / "pip").read_text()


def test_without_apt_it_names_what_is_missing_and_makes_nothing(machine: Machine) -> None:
    done = machine.run("test")

    assert done.returncode == 1
    assert "pdftotext" in done.stdout
    assert "poppler-utils" in done.stdout
    assert not (machine.project / ".venv").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs without being asked")
def test_root_installs_what_is_missing_and_only_that(ready: Machine) -> None:
    ready.add_apt()

    done = ready.run("test")

    assert done.returncode == 0, done.stdout + done.stderr
    assert ready.log.read_text().splitlines() == [
        "apt-get -qq update",
        "apt-get -qq install --yes --no-install-recommends poppler-utils",
    ]


def test_anyone_else_is_told_the_line_to_type_before_anything_is_made(machine: Machine) -> None:
    machine.add_apt()

    done = machine.run("test", before=stop_being_root())

    assert done.returncode == 1
    line = "apt-get install --yes --no-install-recommends poppler-utils"
    assert line in done.stderr
    assert not machine.log.exists()
    assert not (machine.project / ".venv").exists()


def test_a_python_that_is_too_old_is_refused_by_name(machine: Machine) -> None:
    old = machine.bin / "python-old"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)

    done = machine.run(PYTHON="python-old")

    assert done.returncode == 1
    assert "python-old" in done.stderr
