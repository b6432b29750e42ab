"""The worker that prepares exports is killed by kill -9, again and again."""

import random
import time

import pytest
from flask.ctx import AppContext
from sqlalchemy import select

from petition.core.extensions import db
from petition.models import ExportPage
from petition.partners.exports.export_list import list_exports
from petition.partners.exports.export_requests import prepare_exports
from tests.forked import Forked
from tests.partners.exports.world import make_coalition, read_csv

pytestmark = pytest.mark.own_database

PEOPLE = 60


def count(export_id: int) -> int:
    counted = list_exports(export_id=export_id)[0].counted
    db.session.rollback()
    return counted


def test_a_preparer_that_is_killed_leaves_nobody_out_and_nobody_twice(
    context: AppContext, environment: dict[str, str], rounds: int
) -> None:
    coalition = make_coalition()
    people = [coalition.add_person() for _ in range(PEOPLE)]
    export_id = coalition.ask()
    chance = random.Random(1)
    progress = []
    for _ in range(3 * rounds):
        preparer = Forked(["-m", "tests.partners.exports.preparer"], environment)
        until = time.monotonic() + 60
        while count(export_id) <= (progress[-1] if progress else 0):
            assert preparer.poll() is None and time.monotonic() < until
        time.sleep(chance.uniform(0, 0.03))
        preparer.kill()
        preparer.wait(10)
        progress.append(count(export_id))

    while prepare_exports():
        pass

    assert 0 < progress[0] and progress[-1] < PEOPLE
    pages = db.session.scalars(select(ExportPage.consent_ids).order_by(ExportPage.number)).all()
    db.session.rollback()
    assert [consent_id for page in pages for consent_id in page] == people
    assert len(read_csv(coalition.download(export_id))) == PEOPLE
