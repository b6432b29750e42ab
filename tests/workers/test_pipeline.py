"""The whole path through real jobs: signed, located, counted, rendered, delivered, logged."""

import email
import email.policy
import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import func, select

from petition.core.extensions import db
from petition.core.queues import Stage, get_queues, wake
from petition.models import (
    Campaign,
    Delivery,
    DeliveryState,
    Event,
    Letter,
    Milestone,
    Signature,
    Tally,
)
from petition.postal.zip_places import known_postal_code
from petition.signers.withdraw import withdraw_signature
from petition.signing.sign import sign
from tests.ground import SLUG, fill_form, lay_ground
from workers import jobs, pipeline
from workers.reconcile import reconcile

STEP = 10


@pytest.fixture
def worker_app(
    environment: dict[str, str], make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """The app that the jobs of this process use, with ground to sign on."""
    app = make_app()
    jobs.get_app.cache_clear()
    monkeypatch.setattr(jobs, "create_app", lambda: app)
    with app.app_context():
        lay_ground(step=STEP)
    yield app
    jobs.get_app.cache_clear()


def sign_many(first: int, last: int) -> None:
    for number in range(first, last + 1):
        sign(SLUG, fill_form(number), known_postal_code)


def read_campaign_id() -> int:
    db.session.remove()
    return db.session.scalars(select(Campaign.id).where(Campaign.slug == SLUG)).one()


def work_until_idle() -> None:
    """Do what real workers would, in this process, until the queues are empty."""
    queues = get_queues()
    db.session.remove()
    worker = SimpleWorker(
        [queues.queue(stage) for stage in Stage],
        connection=queues.redis,
        serializer=JSONSerializer,
    )
    worker.work(burst=True, logging_level="ERROR")


def test_the_tenth_signature_sends_the_letter_once(worker_app: Flask) -> None:
    with worker_app.app_context():
        sign_many(1, STEP - 1)
        wake(Stage.LOCATE)
        work_until_idle()
        assert db.session.scalars(select(Tally.live)).one() == STEP - 1
        assert db.session.scalar(select(func.count()).select_from(Milestone)) == 0

        sign_many(STEP, STEP)
        wake(Stage.LOCATE)
        work_until_idle()

        delivery = db.session.scalars(select(Delivery)).one()
        letter = db.session.scalars(select(Letter)).one()
        assert delivery.state == DeliveryState.ACCEPTED
        settings = worker_app.extensions["hundredth"]
        folder = settings.outbox_dir / str(delivery.id)
        pdf = (folder / "letter.pdf").read_bytes()
        assert hashlib.sha256(pdf).hexdigest() == letter.sha256
        message = email.message_from_bytes(
            (folder / "message.eml").read_bytes(), policy=email.policy.default
        )
        assert message["Message-ID"] == delivery.message_id
        (attachment,) = message.iter_attachments()
        assert attachment.get_content() == pdf
        printed = "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
        for number in range(1, STEP + 1):
            assert printed.count(f"Example{number}\n") + printed.count(f"Example{number},") == 1
        actions = db.session.scalars(
            select(Event.action).where(Event.subject == "delivery").order_by(Event.id)
        ).all()
        assert actions[0] == "delivery.queued"
        assert "accepted" in actions[-1]


def test_every_job_may_run_twice(worker_app: Flask) -> None:
    with worker_app.app_context():
        sign_many(1, STEP)
        for _ in range(2):
            pipeline.locate_job()
            pipeline.locate_job()
            pipeline.count_job(read_campaign_id())
        db.session.remove()
        milestone_id = db.session.scalars(select(Milestone.id)).one()
        for _ in range(2):
            pipeline.render_job(milestone_id)
        delivery_id = db.session.scalars(select(Delivery.id)).one()
        for _ in range(2):
            pipeline.deliver_job(delivery_id)

        db.session.remove()
        assert db.session.scalars(select(Delivery.attempt)).one() == 1
        assert db.session.scalar(select(func.count()).select_from(Letter)) == 1


def test_the_reconciler_does_what_lost_jobs_did_not(worker_app: Flask) -> None:
    with worker_app.app_context():
        sign_many(1, STEP)
        queues = get_queues()
        for _ in range(6):
            queues.redis.flushall()
            reconcile()
            work_until_idle()
            db.session.remove()

        assert db.session.scalars(select(Delivery.state)).one() == DeliveryState.ACCEPTED


def test_a_withdrawn_name_is_in_no_letter_made_afterwards(worker_app: Flask) -> None:
    with worker_app.app_context():
        sign_many(1, STEP)
        queues = get_queues()
        pipeline.locate_job()
        pipeline.count_job(read_campaign_id())
        queues.redis.flushall()
        leaver = db.session.scalars(select(Signature).order_by(Signature.id)).first()
        assert leaver is not None and leaver.person is not None
        name = leaver.person.family_name
        withdraw_signature(leaver.id)
        reconcile()
        work_until_idle()
        db.session.remove()
        assert db.session.scalars(select(Delivery.state)).one() == DeliveryState.HELD

        sign_many(STEP + 1, STEP + 1)
        wake(Stage.LOCATE)
        work_until_idle()

        db.session.remove()
        delivery = db.session.scalars(select(Delivery)).one()
        assert delivery.state == DeliveryState.ACCEPTED
        settings = worker_app.extensions["hundredth"]
        pdf = (settings.outbox_dir / str(delivery.id) / "letter.pdf").read_bytes()
        printed = "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
        assert f"{name}\n" not in printed and f"{name}," not in printed
        assert f"Example{STEP + 1}" in printed
        assert db.session.scalar(select(func.count()).select_from(Milestone)) == 1


def test_jobs_carry_ids_and_nothing_else(worker_app: Flask) -> None:
    with worker_app.app_context():
        sign_many(1, STEP)
        wake(Stage.LOCATE)
        queues = get_queues()
        wake(Stage.COUNT, 7)

        queue: Queue = queues.queue(Stage.COUNT)
        assert [job.args for job in queue.jobs] in ([[7]], [(7,)])
        stored = b"".join(queues.redis.dump(key) or b"" for key in queues.redis.keys("*"))
        assert b"Example" not in stored and b"people.example" not in stored


def test_many_wakes_make_one_job(worker_app: Flask) -> None:
    with worker_app.app_context():
        assert all(wake(Stage.LOCATE) for _ in range(50))

        assert get_queues().queue(Stage.LOCATE).count == 1


def test_a_signer_who_asked_is_mailed_once_the_letter_arrived(
    worker_app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    with worker_app.app_context():
        sign(SLUG, fill_form(1) | {"notify": "1"}, known_postal_code)
        sign_many(2, STEP)
        folder = worker_app.extensions["hundredth"].data_dir / "mail"
        wake(Stage.LOCATE)
        work_until_idle()
        assert reconcile().told == 1
        make_later(timedelta(minutes=11))
        for _ in range(2):
            reconcile()
            work_until_idle()

        (mail,) = folder.glob("*/message.eml")
        message = email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)
        assert message["Subject"].startswith("Your letter was sent")
        assert message["To"].addresses[0].addr_spec == fill_form(1)["email"]
