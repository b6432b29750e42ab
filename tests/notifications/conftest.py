"""What the tests of mails to signers share: an app that mails to a server, letters that went."""

from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import Connection, insert, select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import (
    Delivery,
    DeliveryState,
    District,
    LedgerEntry,
    Letter,
    Milestone,
    MilestoneState,
    Signature,
    SignatureState,
    Tally,
)
from tests.factories import make_campaign, make_district, make_post, make_signature

Enter = Callable[..., Flask]


@pytest.fixture
def enter(make_app: Callable[..., Flask]) -> Iterator[Enter]:
    """Make an app that mails to an address, and push its context until the test ends."""
    pushed: list[AppContext] = []

    def push(address: str, **changes: str) -> Flask:
        app = make_app(PETITION_SMTP_URL=f"smtp://{address}?timeout=5", **changes)
        context = app.app_context()
        context.push()
        pushed.append(context)
        return app

    yield push
    for context in reversed(pushed):
        db.session.remove()
        context.pop()


def sign_one(**changes: Any) -> int:
    """Add a campaign and one signature on it; return its id."""
    with transaction() as session:
        return make_signature(session, make_campaign(session), **changes).id


def sign_pending(**changes: Any) -> int:
    """Add a signature that waits for its confirmation mail."""
    return sign_one(state=SignatureState.PENDING, confirmed_at=None, **changes)


def carry(*signers: dict[str, Any], posts: int = 1) -> tuple[int, list[int]]:
    """Let a milestone carry these signers and plan its letter; return (milestone, signatures).

    - The rows alone, without the PDF: ``arrive`` says that it was accepted.
    """
    with transaction() as session:
        campaign = make_campaign(session, step=max(1, len(signers)))
        district = make_district(session)
        people = [
            make_signature(session, campaign, state=SignatureState.COUNTED, due_at=None, **signer)
            for signer in signers
        ]
        milestone = _raise(session, campaign.id, district, people)
        _address(session, milestone, district, posts)
        return milestone.id, [signature.id for signature in people]


def carry_again(signature_ids: list[int], layer: str, channel: str = "outbox") -> int:
    """Let a milestone of another layer carry signers of a campaign; return it."""
    with transaction() as session:
        people = [session.get_one(Signature, id) for id in signature_ids]
        district = make_district(session, layer=layer, name=f"Test {layer}")
        milestone = _raise(session, people[0].campaign_id, district, people, layer)
        _address(session, milestone, district, 1, channel)
        return milestone.id


def arrive(milestone_id: int, how_many: int = 1, state: str = "accepted") -> None:
    """Say of so many of a milestone's deliveries that they were accepted."""
    with transaction() as session:
        deliveries = session.scalars(
            select(Delivery).where(Delivery.milestone_id == milestone_id).order_by(Delivery.id)
        ).all()
        letter = _make_letter(session.connection(), deliveries[0])
        for delivery in deliveries[:how_many]:
            for step in ("queued", "rendered", "sending", state):
                delivery.state = step
                delivery.letter_id = letter if step != "queued" else None
                session.flush()
            delivery.settled_at = utcnow()


def read_mails(kept: list[bytes]) -> list[EmailMessage]:
    """Return what a server has kept as messages."""
    found = []
    for content in kept:
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        found.append(message)
    return found


def read_part(message: EmailMessage, kind: str) -> str:
    """Return the text (``plain``) or the HTML of a mail."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def _address(
    session: Session, milestone: Milestone, district: District, posts: int, channel: str = "outbox"
) -> None:
    for number in range(posts):
        post = make_post(session, district, title=f"Board {number + 1}")
        session.add(
            Delivery(
                milestone_id=milestone.id,
                post_id=post.id,
                channel=channel,
                state=DeliveryState.HELD,
                message_id=f"<{milestone.code.lower()}.{post.id}@petition.example>",
                created_at=utcnow(),
            )
        )


def _raise(
    session: Session,
    campaign_id: int,
    district: District,
    people: list[Signature],
    layer: str = "",
) -> Milestone:
    now = utcnow()
    milestone = Milestone(
        campaign_id=campaign_id,
        district_id=district.id,
        number=1,
        threshold=len(people),
        code=f"TEST{layer.upper()}{campaign_id:04}",
        reached_at=now,
    )
    session.add(milestone)
    session.add(
        Tally(
            campaign_id=campaign_id,
            district_id=district.id,
            step=len(people),
            live=len(people),
            joined=len(people),
            reached=1,
            updated_at=now,
        )
    )
    session.flush()
    session.add_all(
        LedgerEntry(
            campaign_id=campaign_id,
            district_id=district.id,
            ordinal=ordinal,
            signature_id=signature.id,
            layer=district.layer,
            carried_by=1,
            joined_at=now,
        )
        for ordinal, signature in enumerate(people, start=1)
    )
    session.flush()
    milestone.state = MilestoneState.CLEARED
    session.flush()
    return milestone


def _make_letter(connection: Connection, delivery: Delivery) -> int:
    statement = insert(Letter).values(
        milestone_id=delivery.milestone_id,
        post_id=delivery.post_id,
        sha256="0" * 64,
        pages=1,
        size=1,
        names=1,
        addressee=[],
        rendered_at=utcnow(),
    )
    return int(connection.scalar(statement.returning(Letter.id)))
