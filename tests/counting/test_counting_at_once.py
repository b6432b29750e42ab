"""Processes that count one campaign at once: none waits for another, and nobody is left out."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.database import is_sqlite, take_counting
from petition.core.extensions import db, transaction
from petition.counting.departures import take_out_batch
from petition.counting.ledger import count_batch
from petition.models import Campaign, District, LedgerEntry, Milestone, Tally
from petition.signers.withdraw import withdraw_signature
from tests.factories import make_campaign, make_district, make_located
from workers import jobs, pipeline

STEP = 10
WORKERS = 4
DISTRICTS = 5


@pytest.fixture
def worker_app(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The app that the jobs of this process use."""
    jobs.get_app.cache_clear()
    monkeypatch.setattr(jobs, "create_app", lambda: app)
    yield app
    jobs.get_app.cache_clear()


def lay_districts(app: Flask) -> tuple[int, list[int]]:
    with app.app_context():
        with transaction() as session:
            campaign = make_campaign(session, step=STEP)
            districts = [make_district(session).id for _ in range(DISTRICTS)]
            campaign_id = campaign.id
        db.session.remove()
    return campaign_id, districts


def locate(campaign_id: int, district_id: int, how_many: int) -> list[int]:
    with transaction() as session:
        campaign = session.get_one(Campaign, campaign_id)
        district = session.get_one(District, district_id)
        ids = [one.id for one in make_located(session, campaign, district, how_many)]
    db.session.remove()
    return ids


def run_at_once(app: Flask, work: Callable[[int], None]) -> None:
    """Let every worker begin at the same moment, each with its number."""
    start = threading.Barrier(WORKERS)

    def begin(number: int) -> None:
        with app.app_context():
            start.wait()
            work(number)
            db.session.remove()

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(begin, range(WORKERS)))


def test_who_is_refused_goes_on_at_once_and_leaves_its_own_to_who_counts(app: Flask) -> None:
    campaign_id, districts = lay_districts(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("SQLite has one writer, and whoever writes waits for it")
        leaver, *_ = locate(campaign_id, districts[0], STEP)
        assert count_batch(campaign_id).signatures == STEP
        locate(campaign_id, districts[0], STEP)
        withdraw_signature(leaver)
        counting, over = threading.Event(), threading.Event()

        def count_for_long() -> None:
            with app.app_context(), transaction() as session:
                assert take_counting(session, campaign_id)
                counting.set()
                assert over.wait(60)

        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(count_for_long)
            assert counting.wait(60)
            refused = (count_batch(campaign_id).signatures, take_out_batch(campaign_id).signatures)
            assert not other.done()  # it was not waited for: it still counts
            over.set()
            other.result()

        assert refused == (0, 0)
        assert take_out_batch(campaign_id).signatures == 1
        assert count_batch(campaign_id).signatures == STEP


def test_another_campaign_is_counted_meanwhile(app: Flask) -> None:
    first, districts = lay_districts(app)
    second, _ = lay_districts(app)
    with app.app_context():
        locate(second, districts[0], 1)
        with db.engine.connect() as connection, db.session() as session:
            if is_sqlite(session):
                pytest.skip("SQLite has one writer")
            session.bind = connection
            assert take_counting(session, first)
            with ThreadPoolExecutor(1) as pool:
                found = pool.submit(_count_in, app, second).result(60)
            session.rollback()
    assert found == 1


def _count_in(app: Flask, campaign_id: int) -> int:
    with app.app_context():
        return count_batch(campaign_id).signatures


def test_whoever_comes_while_others_count_is_counted_without_the_reconciler(
    worker_app: Flask,
) -> None:
    """Each locates somebody and then looks once, as a job that was woken does, again and again."""
    campaign_id, districts = lay_districts(worker_app)
    rounds = 12

    def work(number: int) -> None:
        for turn in range(rounds):
            locate(campaign_id, districts[(number + turn) % DISTRICTS], 3)
            pipeline.count_job(campaign_id)

    run_at_once(worker_app, work)

    expected = WORKERS * rounds * 3
    with worker_app.app_context():
        live = db.session.scalar(select(func.sum(Tally.live)))
        rows = db.session.scalar(select(func.count()).select_from(LedgerEntry))
        assert (live, rows) == (expected, expected)
        for tally in db.session.scalars(select(Tally)):
            numbers = db.session.scalars(
                select(Milestone.number)
                .where(Milestone.district_id == tally.district_id)
                .order_by(Milestone.number)
            ).all()
            assert numbers == list(range(1, tally.live // STEP + 1))
            named = db.session.execute(
                select(LedgerEntry.carried_by, func.count())
                .where(LedgerEntry.district_id == tally.district_id)
                .where(LedgerEntry.carried_by.is_not(None))
                .group_by(LedgerEntry.carried_by)
            ).all()
            assert {number: people for number, people in named} == dict.fromkeys(numbers, STEP)
