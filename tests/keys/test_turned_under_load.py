"""A key is turned while people sign and are counted, and the rotation is killed twice.

The small twin of tests/faults/test_keys.py.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import LargeBinary, func, select, type_coerce

from petition.core.extensions import db
from petition.counting.ledger import count_batch
from petition.keys.sealed_columns import count_by_key, list_sealed_columns
from petition.locating.locate import locate_batch
from petition.models import Campaign, Signature, SignatureState
from petition.postal.zip_places import known_postal_code
from petition.signing.sign import sign
from tests.ground import SLUG, fill_form, lay_ground
from tests.keys.turned import NEW, NEW_ID, OLD, OLD_ID, set_keys

MakeApp = Callable[..., Flask]
BEFORE = 300  # signatures
BATCH = 20  # values


def sign_as(app: Flask, number: int) -> None:
    with app.app_context():
        sign(SLUG, fill_form(number), known_postal_code)
        db.session.remove()


@contextmanager
def keep_working(app: Flask) -> Iterator[list[int]]:
    """Have people sign, and be located and counted, in threads beside the block.

    - Gives the numbers of who has signed; raises what went wrong in a thread.
    """
    over = threading.Event()
    signed: list[int] = []
    wrong: list[BaseException] = []

    def go_on_signing(first: int) -> None:
        number = first
        while not over.is_set():
            sign_as(app, number)
            signed.append(number)
            number += 2
            over.wait(0.01)

    def go_on_counting() -> None:
        while not over.wait(0.05):
            with app.app_context():
                locate_batch()
                count_batch(db.session.scalars(select(Campaign.id)).one())
                db.session.remove()

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            wrong.append(error)

    works: list[Callable[[], None]] = [
        lambda: go_on_signing(BEFORE + 1),
        lambda: go_on_signing(BEFORE + 2),
        go_on_counting,
    ]
    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield signed
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert wrong == []


def kill_rotation(environment: dict[str, str], point: str) -> None:
    """Begin a rotation and kill it with SIGKILL at a point."""
    command = [sys.executable, "-m", "tests.keys.rotating", str(BATCH), point]
    with subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        while process.stdout.readline().strip() not in (point, ""):
            pass
        assert process.poll() is None
        process.kill()


def count_keys(app: Flask) -> dict[bytes, int]:
    with app.app_context():
        found = dict(count_by_key(db.session(), list_sealed_columns()))
        db.session.remove()
    return found


def count_live(app: Flask) -> tuple[int, int]:
    """Return how many live signatures there are, and of how many mailboxes."""
    with app.app_context():
        query = select(func.count(), func.count(Signature.email_digest.distinct())).where(
            Signature.ended_at.is_(None), Signature.state != SignatureState.PENDING
        )
        rows, mailboxes = db.session.execute(query).one()
        db.session.remove()
    return rows, mailboxes


@pytest.mark.own_database
def test_a_key_that_is_turned_under_load_loses_nobody_and_lets_nobody_in_twice(
    make_app: MakeApp, environment: dict[str, str]
) -> None:
    old = make_app()
    with old.app_context():
        lay_ground(step=50)
        db.session.remove()
    for number in range(1, BEFORE + 1):
        sign_as(old, number)
    both = set_keys(NEW, OLD)

    with keep_working(make_app(**both)) as signed:
        kill_rotation(environment | both, "between")
        first = count_keys(old)[OLD_ID]
        kill_rotation(environment | both, "within")
        second = count_keys(old)[OLD_ID]
        done = subprocess.run(
            [sys.executable, "-m", "petition", "keys", "rotate"],
            env=os.environ | environment | both,
            capture_output=True,
            text=True,
            timeout=120,
        )

    alone = make_app(**set_keys(NEW))
    people = {*range(1, BEFORE + 1), *signed}
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"the key {OLD_ID.hex()} any more; you can remove it" in done.stdout
    assert len(signed) > 20
    # A batch that was not committed is not there by halves, and what was is not done again.
    assert BEFORE - 3 * BATCH <= first <= BEFORE - BATCH
    assert first - 3 * BATCH <= second <= first - BATCH
    assert count_keys(alone) == {NEW_ID: len(people)}
    assert read_people(alone) == {fill_form(number)["email"] for number in people}
    assert count_live(alone) == (len(people), len(people))
    for number in [*range(1, 31), *signed[:10]]:
        sign_as(alone, number)
    assert count_live(alone) == (len(people), len(people))


def read_people(app: Flask) -> set[str]:
    """Return the addresses of all who open, each in its own row."""
    with app.app_context():
        people = db.session.scalars(select(Signature.person)).all()
        raw = db.session.scalars(select(type_coerce(Signature.person, LargeBinary))).all()
        db.session.remove()
    assert len(set(raw)) == len(people)
    return {person.email for person in people if person is not None and person.is_readable}
