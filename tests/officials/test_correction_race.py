"""Imports and corrections at once: never an address for another than it was shown for."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.clock import utcnow
from petition.core.errors import UserError
from petition.core.extensions import db
from petition.models import Correction
from petition.officials.corrections.corrections import correct, withdraw
from petition.officials.corrections.corrector import Wish
from petition.officials.post_lookup import find_post
from petition.officials.rosters.format_detection import read_roster
from petition.officials.rosters.roster_import import import_roster
from tests.officials.corrected import BOSTON, EMAIL, import_mayor, read_addressee
from tests.officials.world import describe_mayor, lay_districts, write_yaml

WORKERS = 4


@pytest.fixture
def post_id(app: Flask, tmp_path: Path) -> int:
    """Boston's seat, held by number 7."""
    with app.app_context():
        lay_districts("cousub", {"boston": "Boston", "lynn": "Lynn"}, kind="place")
        import_mayor(tmp_path, 7)
        return find_post(BOSTON).id


def wish(post_id: int, number: int) -> list[Wish]:
    return [Wish(post_id, {EMAIL: f"mayor-{number}@city.example"}, "why", "test")]


def test_an_import_beside_corrections_gives_nobody_anothers_address(
    app: Flask, post_id: int, tmp_path: Path
) -> None:
    successor = write_yaml(
        tmp_path / "new.yml", describe_mayor(8, "boston"), describe_mayor(99, "lynn")
    )
    with app.app_context():
        shown = correct(wish(post_id, 0), made_by="ada", dry_run=True)
        db.session.remove()
    start = threading.Barrier(WORKERS)

    def work(number: int) -> str:
        with app.app_context():
            start.wait()
            try:
                if number == 0:
                    import_roster(read_roster([successor], utcnow().date()), complete=True)
                else:
                    correct(wish(post_id, 0), made_by="ada", expected=shown)
                return "done"
            except UserError:
                return "refused"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(WORKERS) as pool:
        ends = list(pool.map(work, range(WORKERS)))

    with app.app_context():
        assert ends[0] == "done"
        made = db.session.scalars(select(Correction)).all()
        # The second sees that the first has changed what was shown.
        assert len(made) == ends[1:].count("done") <= 1
        assert all(one.official and one.official.name == "Ada B. Example7" for one in made)
        addressee = read_addressee()
        assert addressee and addressee.name == "Ada B. Example8"
        assert addressee.email == "ada-8@senate.example"


def test_of_corrections_and_withdrawals_at_once_one_stands_at_most(
    app: Flask, post_id: int
) -> None:
    start = threading.Barrier(WORKERS)

    def work(number: int) -> None:
        with app.app_context():
            start.wait()
            for _ in range(3):
                correct(wish(post_id, number), made_by="ada")
                latest = db.session.scalars(
                    select(Correction.id).where(Correction.withdrawn_at.is_(None))
                ).all()
                assert len(latest) <= 1
                try:
                    withdraw(latest, because="why", withdrawn_by="ada")
                except UserError:
                    pass  # another was quicker
                db.session.remove()

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))

    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Correction)) == WORKERS * 3
        open_ones = db.session.scalars(select(Correction).where(Correction.withdrawn_at.is_(None)))
        assert len(open_ones.all()) <= 1
