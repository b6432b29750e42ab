"""Turns: no queue waits for another's backlog, and no job outlasts its turn."""

from collections import Counter
from collections.abc import Iterator

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, func, select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.core.queues import Stage, get_queues
from petition.letters import make
from petition.models import (
    Campaign,
    Delivery,
    DeliveryState,
    District,
    Letter,
    Signature,
    SignatureState,
)
from petition.notifications import mail_handover
from tests.factories import make_campaign, make_located, make_post, make_signature
from tests.ground import lay_ground
from workers import jobs, turns
from workers.pipeline import count_job, mail_job, render_job
from workers.turns import Shares

NAMES = ("mail", "locate", "count", "render", "deliver")
LONGEST = 10.0


@given(st.lists(st.tuples(st.floats(0.01, LONGEST), st.integers(0, 15)), max_size=60))
def test_a_queue_that_always_has_work_gets_its_share_and_no_other_saves_up(
    found: list[tuple[float, int]],
) -> None:
    """``mail`` always has work; the others come and go, each by a bit."""
    shares = Shares(NAMES)
    spent: Counter[str] = Counter()
    for took, bits in found:
        others = {name for place, name in enumerate(NAMES[1:]) if bits >> place & 1}
        chosen = next(name for name in shares.order() if name in {"mail"} | others)
        shares.begin(chosen)
        shares.end(chosen, took)
        spent[chosen] += took
        for other in NAMES[1:]:
            assert spent[other] <= spent["mail"] + LONGEST


@given(st.lists(st.floats(0.01, LONGEST), min_size=1, max_size=100))
def test_whoever_comes_to_a_backlog_is_next_and_goes_before_it_for_one_turn_at_most(
    seconds: list[float],
) -> None:
    """However long ``mail`` had the worker to itself."""
    shares = Shares(NAMES)
    for took in seconds:
        shares.begin("mail")
        shares.end("mail", took)
    spent = 0.0
    while shares.order().index("deliver") < shares.order().index("mail"):
        shares.begin("deliver")
        shares.end("deliver", 0.25)
        spent += 0.25

    assert 0 < spent <= seconds[-1] + 0.25


@pytest.fixture
def worker_app(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The app that the jobs of this process use."""
    jobs.get_app.cache_clear()
    monkeypatch.setattr(jobs, "create_app", lambda: app)
    yield app
    jobs.get_app.cache_clear()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every turn is over as soon as it begins."""
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.0)


def make_pending(app: Flask, how_many: int) -> None:
    with app.app_context(), transaction() as session:
        campaign = make_campaign(session)
        for _ in range(how_many):
            make_signature(session, campaign, state=SignatureState.PENDING, confirmed_at=None)


def count(app: Flask, *where: ColumnElement[bool]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).where(*where)) or 0


def count_unmailed(app: Flask) -> int:
    return count(app, Signature.mailed_at.is_(None))


def is_woken(app: Flask, stage: Stage) -> bool:
    with app.app_context():
        return get_queues().queue(stage).count > 0


def test_a_job_of_mails_ends_with_its_turn_and_wakes_the_next(
    worker_app: Flask, at_once: None
) -> None:
    make_pending(worker_app, 45)

    left = []
    while count_unmailed(worker_app):
        mail_job()
        left.append(count_unmailed(worker_app))
        assert is_woken(worker_app, Stage.MAIL)

    assert left == [25, 5, 0]


def test_a_slow_mail_server_holds_a_batch_no_longer_than_it_may(
    worker_app: Flask, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a batch has no time for stays due, and goes in the next one."""
    make_pending(worker_app, 5)
    monkeypatch.setattr(mail_handover, "BATCH_SECONDS", 0.0)

    mail_job()

    assert count_unmailed(worker_app) == 5
    assert count(worker_app, Signature.due_at <= utcnow()) == 5

    monkeypatch.undo()
    monkeypatch.setattr(jobs, "create_app", lambda: worker_app)
    mail_job()

    assert count_unmailed(worker_app) == 0


def test_letters_of_many_posts_are_made_some_at_a_time(
    worker_app: Flask, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A district with more posts than one turn serves: each gets its letter, once."""
    monkeypatch.setattr(make, "AT_ONCE", 2)
    with worker_app.app_context():
        campaign_id, district_id = lay_ground(step=10)
        with transaction() as session:
            district = session.get_one(District, district_id)
            for _ in range(4):
                make_post(session, district)
            make_located(session, session.get_one(Campaign, campaign_id), district, 10)
    count_job(campaign_id)
    with worker_app.app_context():
        milestone_id = db.session.scalars(select(Delivery.milestone_id).distinct()).one()

    made = []
    for _ in range(3):
        render_job(milestone_id)
        made.append(count(worker_app, Delivery.state == DeliveryState.RENDERED))

    assert made == [2, 4, 5]
    assert count(worker_app, Letter.superseded_at.is_(None)) == 5
