"""An import that is killed at any moment loses no row, and stores none twice."""

import random
import signal
import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.bulk.import_batches import list_batches
from petition.core.extensions import db, transaction
from petition.models import ImportBatch, Signature
from tests.bulk.files import SLUG, list_emails, make_row, read_report, write_file
from tests.factories import make_campaign
from tests.forked import Forked

ROWS = 1_500
# Every tenth row is refused, and every seventh is the one before it again.
BROKEN, REPEATED = 10, 7
IMPORTER = f"""
import sys
from pathlib import Path
from petition import create_app
from petition.bulk import import_run
from tests.bulk.files import PROOF, import_path
import_run.PIECE = 20
with create_app().app_context():
    import_path(Path(sys.argv[1]), proof=PROOF, slug={SLUG!r})
"""


def make_rows() -> list[tuple[str, ...]]:
    rows = []
    for number in range(ROWS):
        if number % BROKEN == 0:
            rows.append(make_row(number, ZIP="99999"))
        elif number % REPEATED == 0:
            rows.append(rows[-1])
        else:
            rows.append(make_row(number))
    return rows


@pytest.mark.timeout(600)
def test_an_import_that_is_killed_continues_after_its_last_row(
    app: Flask, environment: dict[str, str], tmp_path: Path, rounds: int
) -> None:
    chance = random.Random(16)  # noqa: S311
    rows = make_rows()
    path = write_file(tmp_path / "list.csv", rows)
    with app.app_context():
        with transaction() as session:
            make_campaign(session, slug=SLUG)
        for _ in range(5 * rounds):
            importer = Forked(["-c", IMPORTER, str(path)], environment)
            time.sleep(chance.uniform(0.2, 1.2))
            importer.send_signal(signal.SIGKILL)
            importer.wait(30)
            stored = db.session.scalar(select(func.count(Signature.id)))
            told = db.session.scalar(select(func.coalesce(func.sum(ImportBatch.signed), 0)))
            db.session.rollback()
            assert stored == told
        assert Forked(["-c", IMPORTER, str(path)], environment).wait(300) == 0

        expected = {row[2] for row in rows if row[3] != "99999"}
        assert list_emails() == sorted(expected)
        (batch,) = list_batches()
        assert (batch.rows_done, batch.signed) == (ROWS, len(expected))
        report = read_report(path)
        assert len(report) == batch.refused + batch.known == ROWS - len(expected)
        assert len({row["line"] for row in report}) == len(report)
