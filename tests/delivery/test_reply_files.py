"""The addresses of those who would like an answer go beside the PDF, and nowhere else."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

import pytest
from flask.ctx import AppContext
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import IntegrityError

from petition.core.clock import utcnow
from petition.core.extensions import db, get_settings, transaction
from petition.delivery.log.delivery_log import read_message
from petition.delivery.send import deliver
from petition.models import (
    DeliveryState,
    Event,
    ReplyConsent,
    ReplyFile,
    ReplyRows,
    Signature,
)
from tests.delivery.conftest import Ready, build_ready, get_row, get_state, make_due
from tests.delivery.test_keeping import try_in_vain


def read_raw(delivery_id: int) -> bytes:
    return (get_settings().outbox_dir / str(delivery_id) / "message.eml").read_bytes()


def read_files(raw: bytes) -> dict[str, bytes]:
    """Return the attachments of a message by their type."""
    message = cast(EmailMessage, message_from_bytes(raw, policy=default))
    return {
        part.get_content_type(): cast(bytes, part.get_payload(decode=True))
        for part in message.iter_attachments()
    }


def find_email(signature_id: int) -> str:
    person = db.session.get_one(Signature, signature_id, populate_existing=True).person
    db.session.rollback()
    assert person is not None
    return person.email


def withdraw(signature_id: int) -> None:
    with transaction() as session:
        session.execute(
            update(ReplyConsent)
            .where(ReplyConsent.signature_id == signature_id)
            .values(withdrawn_at=utcnow())
        )


def read_shared(ready: Ready) -> list[bool]:
    rows = db.session.scalars(select(ReplyConsent.shared_at).order_by(ReplyConsent.signature_id))
    found = [at is not None for at in rows]
    db.session.rollback()
    return found


def test_without_a_consent_there_is_no_file(context: AppContext) -> None:
    ready = build_ready()

    assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED

    assert list(read_files(read_raw(ready.delivery_id))) == ["application/pdf"]
    assert db.session.scalars(select(ReplyFile)).all() == []


def test_each_who_allowed_it_is_in_the_file_beside_the_pdf(context: AppContext) -> None:
    ready = build_ready(wants_reply=2)
    assert read_shared(ready) == [False, False]

    assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED

    raw = read_raw(ready.delivery_id)
    files = read_files(raw)
    assert list(files) == ["application/pdf", "text/csv"]
    lines = files["text/csv"].decode("utf-8-sig").splitlines()
    assert [line.split(",")[-1].strip('"') for line in lines[1:]] == [
        find_email(one) for one in ready.signature_ids[:2]
    ]
    assert b'filename="Replies-Test-' in raw
    assert read_shared(ready) == [True, True]


def test_two_posts_get_the_same_file(context: AppContext) -> None:
    ready = build_ready(posts=2, wants_reply=2)

    for delivery_id in ready.delivery_ids:
        assert deliver(delivery_id, ready.read_letter) is DeliveryState.ACCEPTED

    one, other = (read_files(read_raw(delivery_id)) for delivery_id in ready.delivery_ids)
    assert one["text/csv"] == other["text/csv"]
    assert len(db.session.scalars(select(ReplyFile)).all()) == 1


def test_whoever_takes_it_back_before_it_goes_has_the_letter_made_again(
    context: AppContext,
) -> None:
    ready = build_ready(wants_reply=2)
    withdraw(ready.signature_ids[0])

    assert deliver(ready.delivery_id, ready.read_letter) is None

    assert get_state(ready.delivery_id) is DeliveryState.QUEUED
    assert db.session.scalars(select(ReplyFile)).all() == []
    assert read_shared(ready) == [False, False]


def test_whoever_takes_it_back_after_the_first_attempt_stays_in_the_same_bytes(
    context: AppContext,
) -> None:
    ready = build_ready(wants_reply=2)
    try_in_vain(ready)
    with transaction() as session:
        (stored,) = session.scalars(select(ReplyFile.rows)).all()
    withdraw(ready.signature_ids[0])

    assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED

    files = read_files(read_raw(ready.delivery_id))
    assert files["text/csv"] == stored.csv.encode("utf-8-sig")
    assert find_email(ready.signature_ids[0]).encode() in files["text/csv"]
    assert read_shared(ready) == [True, True]


def test_the_same_attempt_twice_sends_the_same_bytes(context: AppContext) -> None:
    ready = build_ready(wants_reply=1)
    assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED
    first = read_raw(ready.delivery_id)
    with transaction() as session:  # as if it was killed before it settled
        session.execute(text("UPDATE deliveries SET state = 'bounced'"))
        session.execute(text("UPDATE deliveries SET state = 'retry_wait'"))
    make_due(ready.delivery_id)

    # The outbox refuses any other bytes under the same number.
    assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED

    assert read_raw(ready.delivery_id) == first


def test_a_retry_after_the_file_was_erased_is_refused_and_sends_nothing_else(
    context: AppContext,
) -> None:
    ready = build_ready(wants_reply=1)
    try_in_vain(ready)
    withdraw(ready.signature_ids[0])
    with transaction() as session:
        session.execute(delete(ReplyFile))

    assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.FAILED

    assert not (get_settings().outbox_dir / str(ready.delivery_id)).exists()
    assert get_row(ready.delivery_id).reason == "replies erased"


def test_it_is_sealed_and_its_addresses_are_nowhere_else(
    context: AppContext, caplog: pytest.LogCaptureFixture
) -> None:
    ready = build_ready(wants_reply=1)
    email = find_email(ready.signature_ids[0]).encode()

    assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED

    stored = db.session.execute(text("SELECT rows FROM reply_files")).scalar_one()
    assert email not in bytes(stored)
    shown = read_message(ready.delivery_id, ready.read_letter)  # what staff see
    assert list(read_files(shown)) == ["application/pdf"] and email not in shown
    told = repr([event.detail for event in db.session.scalars(select(Event))]) + caplog.text
    assert email.decode() not in told
    logs = get_settings().data_dir.rglob("*.log")
    assert all(email not in path.read_bytes() for path in logs)


def test_the_database_refuses_a_file_before_its_letter_begins_to_go(context: AppContext) -> None:
    ready = build_ready(wants_reply=1)
    secret = bytes(range(16))

    with pytest.raises(IntegrityError, match="begun to go"), transaction() as session:
        session.add(
            ReplyFile(
                milestone_id=ready.milestone_id,
                mark="a" * 64,
                people=1,
                rows=ReplyRows("Name", secret),
                bound_to=secret,
                made_at=utcnow(),
            )
        )


def test_the_database_keeps_which_file_is_a_letters(context: AppContext) -> None:
    build_ready(wants_reply=1)

    with pytest.raises(IntegrityError, match="never changes"), transaction() as session:
        session.execute(text("UPDATE letters SET replies = NULL"))
