"""FAULT 30: damaged rows in whatever way, at each stage; and a journal on disks that are full."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Campaign, Delivery, Event, LedgerEntry, Signature
from petition.signers.erasure_log import read_journal
from tests.factories import make_signature
from tests.ground import SLUG, lay_ground
from tests.locating.test_damaged_rows import count_states, put
from tests.redistricting.world import send, work

STEP = 10
PEOPLE = 3 * STEP + 1
WRITERS = 3
# Python ignores SIGXFSZ: a file at its limit takes a part and then nothing, as a full disk does.
WRITER = """
import random, resource, sys
from pathlib import Path
from petition.core.errors import StorageUnavailable
from petition.signers import erasure_log as journal
path, first, lines = Path(sys.argv[1]), *map(int, sys.argv[2:])
journal.find_journal = lambda: path
chance = random.Random(first)
for number in range(first, first + lines):
    room = chance.choice([0, chance.randrange(1, 160), 10**6])
    limit = (path.stat().st_size + room, resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    try:
        journal.write_down(chance.choice(list(journal.Decision)), number, "ab" * 16)
    except StorageUnavailable:
        continue
    print(number, flush=True)
"""


def spoil(chance: random.Random, signature_id: int, other: int) -> None:
    """Damage what is sealed of a row, in one of the ways in which a disk or a hand does."""
    query = text("SELECT person FROM signatures WHERE id = :id")
    with transaction() as session:
        whole = bytes(session.execute(query, {"id": signature_id}).scalar_one())
        others = bytes(session.execute(query, {"id": other}).scalar_one())
    place = chance.randrange(len(whole))
    flipped = (
        whole[:place] + bytes([whole[place] ^ (1 << chance.randrange(8))]) + whole[place + 1 :]
    )
    noise = chance.randbytes(len(whole))
    put(signature_id, chance.choice([flipped, flipped, whole[:place], b"", others, noise]))


def sign(people: int) -> list[int]:
    with transaction() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.slug == SLUG)).one()
        return [make_signature(session, campaign).id for _ in range(people)]


def deliver_all(campaign_id: int) -> None:
    """Do what the workers do, over the waits between two tries."""
    for _ in range(4):
        work(campaign_id)
        send(campaign_id)
        with transaction() as session:
            session.execute(
                update(Delivery).where(Delivery.settled_at.is_(None)).values(due_at=utcnow())
            )


@pytest.mark.timeout(3600)
def test_whatever_is_damaged_at_whatever_stage_all_others_go_on(app: Flask, rounds: int) -> None:
    chance = random.Random(30)  # noqa: S311
    with app.app_context():
        campaign_id, _ = lay_ground(step=STEP)
        spoiled: list[int] = []
        for round_ in range(1, rounds + 1):
            numbers = sign(PEOPLE)
            is_counted = chance.random() < 0.5
            if is_counted:
                work(campaign_id)
            bad, other = chance.sample(numbers, 2)
            spoil(chance, bad, other)
            spoiled.append(bad)
            deliver_all(campaign_id)

            states = count_states()
            assert states == {"counted": round_ * (PEOPLE - 1), "review": round_}, is_counted
            assert db.session.get_one(Signature, bad).review_reason == "unreadable"
            assert list(db.session.scalars(select(Delivery.state))) == ["accepted"] * 3 * round_
            db.session.rollback()
        events = select(Event.subject_id).where(Event.action == "signature.unreadable")
        assert set(db.session.scalars(events)) == set(spoiled)
        named = select(LedgerEntry.signature_id).where(LedgerEntry.carried_by.is_not(None))
        assert not set(db.session.scalars(named)) & set(spoiled)
        db.session.remove()


@pytest.mark.timeout(3600)
def test_on_full_disks_each_decision_of_many_is_whole_or_refused(
    tmp_path: Path, rounds: int
) -> None:
    path, lines = tmp_path / "decisions.log", 30 * rounds
    path.touch()
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(number * 100_000 + 1), str(lines)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    taken: list[int] = []
    for writer in writers:
        said, _ = writer.communicate(timeout=600)
        assert writer.returncode == 0
        taken += map(int, said.split())

    damaged: list[int] = []
    read = [line.signature_id for line in read_journal(path.read_text().splitlines(True), damaged)]

    assert sorted(read) == sorted(taken)
    assert damaged == []
    assert 0 < len(taken) < WRITERS * lines
