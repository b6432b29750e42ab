"""``petition alive``: the health check of a container, which costs next to nothing."""

import os
import socket
import subprocess
import sys

from flask import Flask

from petition.core.extensions import transaction
from petition.models import ProcessRole
from petition.processes.intervals import LATE_SECONDS
from tests.processes.rows import add_process

NOWHERE = "sqlite:////nowhere/hundredth.sqlite3"
HEAVY = {"flask", "redis", "rq", "petition.models", "petition.application", "petition.cli"}


def ask(environment: dict[str, str], role: str = "worker", **changes: str) -> tuple[int, str]:
    """Return the exit code and what was said."""
    done = subprocess.run(
        [sys.executable, "-m", "petition", "alive", role],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd()} | environment | changes,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_process_of_the_role_on_this_host_is_heard_or_not(
    app: Flask, environment: dict[str, str]
) -> None:
    host = socket.gethostname()
    with app.app_context(), transaction() as session:
        add_process(session, silent=-3600, host=host)
        add_process(session, ProcessRole.SCHEDULER, silent=-3600, host="two.example")
        add_process(session, ProcessRole.SCHEDULER, silent=LATE_SECONDS + 1, host=host)

    assert ask(environment) == (0, "")
    code, said = ask(environment, "scheduler")
    assert code == 1
    assert said.startswith(f"petition: no heartbeat of a scheduler on {host} within 30 s")
    assert said.count("\n") == 1


def test_a_database_that_cannot_be_asked_is_one_line(
    environment: dict[str, str], tmp_path: os.PathLike[str]
) -> None:
    away = ask(environment, DATABASE_URL=NOWHERE)
    empty = ask(environment, DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite3")
    wrong = ask(environment, DATABASE_URL="mysql://somewhere")

    for (code, said), words in (
        (away, "correct DATABASE_URL"),
        (empty, "petition db upgrade"),
        (wrong, "DATABASE_URL: must start"),
    ):
        assert (code, said.count("\n")) == (1, 1)
        assert words in said


def test_it_loads_no_application() -> None:
    code = f"import petition.processes.alive, sys; print(sorted({HEAVY!r} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
