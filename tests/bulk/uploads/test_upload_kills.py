"""A worker that is killed while it imports an uploaded list loses no row, and stores none twice."""

import csv
import io
import random
import time

import pytest
from flask.ctx import AppContext
from sqlalchemy import select, update

from petition.bulk.uploads.upload_list import read_refused
from petition.bulk.uploads.upload_pieces import count_pieces
from petition.bulk.uploads.upload_requests import begin_upload, receive_list, undo_upload
from petition.bulk.uploads.upload_run import is_upload_due, run_uploads
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.error_messages.description import describe_row
from petition.models import (
    ImportBatch,
    ImportUpload,
    Organization,
    PieceKind,
    Signature,
    SignatureState,
    User,
)
from petition.partners.organizations import join_campaign
from tests.bulk.files import SLUG, list_emails, make_row
from tests.factories import make_campaign
from tests.forked import Forked
from tests.web.test_partner_imports import COLUMNS, PROOF, write_list

pytestmark = pytest.mark.own_database

ROWS = 600
ROUNDS = 3


def make_upload() -> tuple[int, int, int]:
    """Upload a list of which every tenth row is refused, and begin it; return the ids."""
    with transaction() as session:
        make_campaign(session, slug=SLUG, confirm_email=True)
        riders = Organization(slug="riders", name="Riders")
        session.add(riders)
        session.flush()
        group = riders.id
        user = User(email="bea@riders.example", password="x", fs_uniquifier="bea", active=True)
        session.add(user)
        session.flush()
        user_id = user.id
    join_campaign("riders", SLUG, {"updates": "E-mail me."}, actor="test")
    rows = [make_row(n, **({"ZIP": "99999"} if n % 10 == 0 else {})) for n in range(ROWS)]
    number = receive_list(group, user_id, SLUG, "list.csv", io.BytesIO(write_list(rows)))
    begin_upload(group, user_id, number, COLUMNS | PROOF)
    return group, user_id, number


def kill_some(environment: dict[str, str], number: int, rounds: int) -> None:
    """Let workers begin and kill each by kill -9; the lease of each is over at once."""
    chance = random.Random(16)
    for _ in range(ROUNDS * rounds):
        worker = Forked(["-m", "tests.bulk.uploads.importer"], environment)
        time.sleep(chance.uniform(0.5, 2.0))
        worker.kill()
        worker.wait(30)
        with transaction() as session:
            due = update(ImportUpload).where(ImportUpload.due_at.is_not(None))
            session.execute(due.values(due_at=utcnow()))


def test_a_worker_that_is_killed_is_followed_by_one_that_goes_on(
    context: AppContext, environment: dict[str, str], rounds: int
) -> None:
    group, _, number = make_upload()

    kill_some(environment, number, rounds)
    while run_uploads(describe_row, lambda: False):
        pass

    batch = db.session.scalars(select(ImportBatch)).one()
    assert (batch.rows_done, batch.signed, batch.refused) == (ROWS, ROWS * 9 // 10, ROWS // 10)
    assert list_emails() == sorted(f"ada{n}@people.example" for n in range(ROWS) if n % 10)
    db.session.rollback()
    assert count_pieces(number, PieceKind.LIST) == 0
    with transaction() as session:
        long_ago = utcnow().replace(year=2026, month=1)
        session.execute(update(ImportUpload).values(began_at=long_ago, ended_at=long_ago))
    content = b"".join(read_refused(group, number)).decode("utf-8-sig")
    lines = [row["line"] for row in csv.DictReader(io.StringIO(content))]
    assert lines == [str(n + 2) for n in range(ROWS) if n % 10 == 0]


def test_an_undoing_that_is_killed_leaves_nobody(
    context: AppContext, environment: dict[str, str], rounds: int
) -> None:
    group, user_id, number = make_upload()
    kill_some(environment, number, 1)

    undo_upload(group, user_id, number)
    kill_some(environment, number, 1)
    while is_upload_due():
        run_uploads(describe_row, lambda: False)

    states = set(db.session.scalars(select(Signature.state)))
    db.session.rollback()
    assert states <= {SignatureState.ERASED}
    assert count_pieces(number, PieceKind.LIST) == count_pieces(number, PieceKind.REFUSED) == 0
