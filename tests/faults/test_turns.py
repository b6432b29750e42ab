"""One worker for all queues, thousands of mails to signers due, and a hundred is reached.

Its letter is handed over while most of the mails still wait, and no job comes near its end by
force. ``make faults`` takes ten thousand mails, and twenty thousand to the last.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.core.queues import SHORTEST_JOB_SECONDS
from petition.core.sealing import get_sealer
from petition.models import Campaign, Delivery, DeliveryState, Signature, SignatureState
from tests.factories import make_campaign, make_person
from tests.faults.conftest import STEP
from tests.ground import SLUG, fill_form, lay_ground
from tests.service import Service, wait_until

Start = Callable[[int], Service]

PATIENCE = 60
MANY_ROUNDS = 10
AT_ONCE = 100


@pytest.fixture
def start(app: Flask, environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Start web, a scheduler and one worker of everything, behind so many confirmations."""
    service = Service(environment, tmp_path / "service.log")

    def start_behind(mails: int) -> Service:
        with app.app_context():
            lay_ground(step=STEP)
            make_backlog(mails)
            db.session.remove()
        service.start_valkey()
        service.start("web", "web")
        service.start("worker", "worker")
        service.start("scheduler", "scheduler")
        wait_until(service.answers, 60, "the pages to answer")
        return service

    yield start_behind
    service.stop()
    print(service.log.read_text()[-4000:])  # noqa: T201


def make_backlog(mails: int) -> None:
    """Have people wait for their confirmation, who came before everybody else."""
    now = utcnow() - timedelta(minutes=1)
    with transaction() as session:
        campaign = make_campaign(session, confirm_email=True)
        for _ in range(mails // AT_ONCE):
            people = [make_person() for _ in range(AT_ONCE)]
            session.add_all(
                Signature(
                    campaign_id=campaign.id,
                    state=SignatureState.PENDING,
                    email_digest=get_sealer().digest(person.email, "email"),
                    person=person,
                    created_at=now,
                    due_at=now,
                )
                for person in people
            )
            session.flush()
            session.expunge_all()
            campaign = session.get_one(Campaign, campaign.id)


def count_waiting(app: Flask) -> int:
    with app.app_context():
        waiting = select(func.count()).where(
            Signature.state == SignatureState.PENDING, Signature.mailed_at.is_(None)
        )
        return db.session.scalar(waiting) or 0


def count_accepted(app: Flask) -> int:
    with app.app_context():
        accepted = select(func.count()).where(Delivery.state == DeliveryState.ACCEPTED)
        return db.session.scalar(accepted) or 0


@pytest.mark.timeout(400)
def test_a_letter_does_not_wait_for_thousands_of_mails(
    app: Flask, start: Start, rounds: int
) -> None:
    mails = 10_000 if rounds >= MANY_ROUNDS else 4_000
    service = start(mails)
    wait_until(lambda: count_waiting(app) < mails, PATIENCE, "mails to go")
    for number in range(STEP):
        assert service.sign(SLUG, fill_form(number)) == 303

    wait_until(lambda: count_accepted(app) == 1, PATIENCE, "the letter")

    assert count_waiting(app) > mails // 4


@pytest.mark.timeout(7200)
def test_no_job_of_a_long_run_fails_or_comes_near_the_end_of_its_time(
    app: Flask, start: Start, rounds: int
) -> None:
    mails = 400 * rounds
    service = start(mails)

    wait_until(lambda: not count_waiting(app), mails, "all mails")

    log = service.log.read_text()
    took = [int(ms) for ms in re.findall(r"job\.done .*?ms=(\d+)", log)]
    assert took
    assert max(took) < SHORTEST_JOB_SECONDS * 1000 / 4
    assert "job.failed" not in log
