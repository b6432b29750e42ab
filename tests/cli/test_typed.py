"""Commands as they are typed: a process of its own, whose app nobody has made before.

``run`` is given the app of a test, whose context may be there already: a command that forgets to
make its own passes there, and fails for everybody who types it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# Of those that are no command of Flask's own groups. The first is typed on the day of a restore.
TYPED = ("deliveries replay --dry-run {log}", "districts recheck --dry-run", "pause --all")


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """One database is enough: these tests are about how commands begin."""
    path = tmp_path / "hundredth.sqlite3"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.mark.parametrize("typed", TYPED)
def test_a_command_makes_what_it_needs(
    typed: str, environment: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "handovers.log"
    log.touch()

    done = subprocess.run(
        [sys.executable, "-m", "petition", *typed.format(log=log).split()],
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
