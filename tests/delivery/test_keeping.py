"""What the first attempt said stands sealed in its row, and every later one says the same."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

import pytest
from sqlalchemy import select, text, update

from petition.core.clock import utcnow
from petition.core.errors import (
    ClaimLost,
    ObjectStoreUnavailable,
    StorageCorrupt,
    StorageUnavailable,
)
from petition.core.extensions import db, get_settings, transaction
from petition.delivery.keeping import keep_envelope
from petition.delivery.letter_message import compose_envelope
from petition.delivery.log.delivery_log import read_message
from petition.delivery.send import deliver
from petition.models import Attempt, Delivery, DeliveryState
from tests.delivery.conftest import Ready, build_ready, get_row, get_state, make_due
from tests.delivery.letter_engine import claim
from tests.factories import edit_signed


def try_in_vain(ready: Ready) -> None:
    """Make an attempt that keeps the envelope and hands nothing over."""
    folder = get_settings().outbox_dir / str(ready.delivery_id)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.parent.chmod(0o700)
    blocked = folder.parent / ".unfinished"
    blocked.write_text("a file where the folder should be")
    assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.RETRY_WAIT
    blocked.unlink()
    make_due(ready.delivery_id)


def edit_topic(ready: Ready) -> None:
    with transaction() as session:
        edit_signed(session, ready.campaign_id, topic="Another topic")


def read_sent(ready: Ready) -> EmailMessage:
    raw = (get_settings().outbox_dir / str(ready.delivery_id) / "message.eml").read_bytes()
    return cast(EmailMessage, message_from_bytes(raw, policy=default))


def read_row(ready: Ready) -> tuple[bytes | None, bytes | None]:
    """Return what stands in the database, as it stands there."""
    row = db.session.execute(
        text("SELECT envelope, bound_to FROM deliveries WHERE id = :id"),
        {"id": ready.delivery_id},
    ).one()
    db.session.rollback()
    return row.envelope, row.bound_to


def test_a_later_attempt_says_what_the_first_said(ready: Ready) -> None:
    try_in_vain(ready)
    said = read_message(ready.delivery_id, ready.read_letter)
    edit_topic(ready)

    assert read_message(ready.delivery_id, ready.read_letter) == said
    assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED
    assert "Another topic" not in str(read_sent(ready)["Subject"])
    assert read_message(ready.delivery_id, ready.read_letter) == said


def test_it_stands_sealed_and_opens_in_no_other_row(ready: Ready) -> None:
    other = build_ready()
    for one in (ready, other):
        try_in_vain(one)
    envelope, bound_to = read_row(ready)

    assert envelope is not None and bound_to is not None
    assert b"Dear" not in envelope
    with transaction() as session:
        session.execute(
            text("UPDATE deliveries SET envelope = :envelope WHERE id = :id"),
            {"envelope": envelope, "id": other.delivery_id},
        )
    with pytest.raises(StorageCorrupt):
        read_message(other.delivery_id, other.read_letter)
    assert deliver(other.delivery_id, other.read_letter) is DeliveryState.FAILED
    assert get_row(other.delivery_id).reason == "storage-corrupt"
    assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED


def test_whoever_lost_the_claim_keeps_nothing(ready: Ready) -> None:
    claimed = claim(ready.delivery_id)
    assert claimed is not None
    with transaction() as session:  # the lease was over, and another has it
        session.execute(update(Delivery).values(attempt=2))

    with pytest.raises(ClaimLost):
        keep_envelope(claimed, lambda: compose_envelope(claimed.content.facts))

    assert read_row(ready) == (None, None)


def test_an_object_store_that_is_away_spends_no_attempt(ready: Ready) -> None:
    def be_away(sha256: str) -> bytes:
        raise ObjectStoreUnavailable("no answer in time")

    for _ in range(20):  # ten attempts would have it fail for good
        assert deliver(ready.delivery_id, be_away) is None
        assert get_state(ready.delivery_id) is DeliveryState.RENDERED
        due_at = get_row(ready.delivery_id).due_at
        assert due_at is not None and due_at > utcnow()
        make_due(ready.delivery_id)

    assert db.session.scalars(select(Attempt)).all() == []
    assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED


def test_a_letter_that_is_missing_from_the_store_is_an_attempt_that_failed(ready: Ready) -> None:
    def miss(sha256: str) -> bytes:
        raise StorageUnavailable("not there")

    assert deliver(ready.delivery_id, miss) is DeliveryState.RETRY_WAIT
    assert get_row(ready.delivery_id).reason == "storage-unavailable"
