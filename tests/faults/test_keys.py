"""The data key of a running service is turned by the list of docs/deploy/keys.md, under load.

Twenty thousand have signed before, people go on signing through the pages and are counted, and
``petition keys rotate`` is killed twice. The small twin is tests/keys/test_turned_under_load.py.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.extensions import db
from petition.core.queues import Stage
from petition.models import LedgerEntry
from petition.postal.zip_places import known_postal_code
from petition.signing.sign import sign
from tests.ground import SLUG, fill_form, lay_ground
from tests.keys.test_turned_under_load import count_keys, count_live, read_people
from tests.keys.turned import NEW, NEW_ID, OLD, OLD_ID, set_keys
from tests.service import Service, wait_until

MANY_ROUNDS = 10
BEFORE = 20_000  # signatures
STEP = 5_000  # signatures to a letter: letters are not what this looks at
SIGNERS = 4
PATIENCE = 300
ROLES: dict[str, tuple[str, ...]] = {
    "web": ("web",),
    "worker-sign": ("worker", Stage.LOCATE, Stage.COUNT, Stage.MAIL),
    "worker-send": ("worker", Stage.RENDER, Stage.DELIVER),
    "scheduler": ("scheduler",),
}


@pytest.fixture
def service(
    app: Flask, environment: dict[str, str], tmp_path: Path, rounds: int
) -> Iterator[Service]:
    """The whole service with the old key, and twenty thousand who have signed."""
    if rounds < MANY_ROUNDS:
        pytest.skip("it takes minutes: make faults")
    with app.app_context():
        lay_ground(step=STEP)
        for number in range(1, BEFORE + 1):
            sign(SLUG, fill_form(number), known_postal_code)
        db.session.remove()
    service = Service(environment, tmp_path / "service.log")
    service.start_all()
    yield service
    service.stop()
    print(service.log.read_text()[-4000:])  # noqa: T201


@dataclass
class Crowd:
    """People who sign through the pages, and press again until they are thanked."""

    service: Service
    signed: list[int] = field(default_factory=list)
    refused: int = 0
    slowest: float = 0.0

    @contextmanager
    def sign_on(self) -> Iterator[None]:
        """Let people sign as long as the block runs."""
        over = threading.Event()
        threads = [
            threading.Thread(target=self._sign_all, args=(BEFORE + 1 + at, over))
            for at in range(SIGNERS)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join()

    def _sign_all(self, number: int, over: threading.Event) -> None:
        while not over.wait(0.02):
            began = time.monotonic()
            while self.service.sign(SLUG, fill_form(number)) != 303:
                self.refused += 1
                time.sleep(0.1)
                began = time.monotonic()
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.signed.append(number)
            number += SIGNERS


def restart(service: Service, keys: dict[str, str]) -> None:
    """Start every role again with other keys, as an operator does."""
    service.environment |= keys
    for name, arguments in ROLES.items():
        process = service.processes[name]
        process.terminate()
        process.wait(60)
        service.start(name, *arguments)
    wait_until(service.answers, 60, "the pages to answer")


def start_rotation(service: Service) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "petition", "keys", "rotate"],
        env=service.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def kill_once(service: Service, is_reached: Callable[[], bool]) -> None:
    """Begin a rotation, and kill it once it has come so far."""
    process = start_rotation(service)
    while not is_reached():
        assert process.poll() is None, process.stdout and process.stdout.read()
        time.sleep(0.02)
    process.kill()
    process.communicate()


def check_doctor(service: Service) -> str:
    """Return what the doctor says of the keys."""
    done = subprocess.run(
        [sys.executable, "-m", "petition", "doctor"],
        env=service.environment,
        capture_output=True,
        text=True,
    )
    return next(line for line in done.stdout.splitlines() if line.split()[1] == "keys")


@pytest.mark.timeout(3600)
def test_a_key_of_a_running_service_is_turned_and_killed_twice(
    app: Flask, service: Service, make_app: Callable[..., Flask]
) -> None:
    crowd = Crowd(service)
    with crowd.sign_on():
        restart(service, set_keys(OLD, NEW))
        restart(service, set_keys(NEW, OLD))
        assert check_doctor(service).startswith("ok")
        crowd.slowest = 0.0
        before, began = len(crowd.signed), time.monotonic()
        old = count_keys(app)[OLD_ID]
        kill_once(service, lambda: count_keys(app)[OLD_ID] < old * 2 / 3)
        first = count_keys(app)[OLD_ID]
        kill_once(service, lambda: count_keys(app)[OLD_ID] < old / 3)
        second = count_keys(app)[OLD_ID]
        last = time.monotonic()
        rotation = start_rotation(service)
        said, _ = rotation.communicate(timeout=PATIENCE)
        took, slowest = time.monotonic() - last, crowd.slowest
        meanwhile, of_all = len(crowd.signed) - before, time.monotonic() - began
        restart(service, set_keys(NEW))
    print(  # noqa: T201  the figures of the run
        f"{old} of the old key, {first} after a kill, {second} after another, the rest in "
        f"{took:.1f} s; {meanwhile} signed in {of_all:.1f} s of rotation, the slowest in "
        f"{slowest:.2f} s; {crowd.refused} told to press again, in three restarts"
    )

    assert rotation.returncode == 0, said
    assert f"the key {OLD_ID.hex()} any more; you can remove it" in said
    assert old > first > second > 0
    assert check_doctor(service).startswith("ok")
    alone = make_app(**set_keys(NEW))
    people = {*range(1, BEFORE + 1), *crowd.signed}
    assert count_keys(alone) == {NEW_ID: sum(count_keys(alone).values())}
    assert read_people(alone) == {fill_form(number)["email"] for number in people}
    assert count_live(alone) == (len(people), len(people))
    for number in [*range(1, 200), *crowd.signed[:100]]:
        assert service.sign(SLUG, fill_form(number)) == 303
    assert count_live(alone) == (len(people), len(people))

    def count_counted() -> int:
        with alone.app_context():
            found = db.session.scalar(select(func.count()).select_from(LedgerEntry)) or 0
            db.session.remove()
        return found

    wait_until(lambda: count_counted() == len(people), PATIENCE, "everybody to be counted")
