"""A milestone with its letter, ready to be delivered, without the stages before delivery."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import (
    Delivery,
    DeliveryState,
    LedgerEntry,
    Letter,
    Milestone,
    MilestoneState,
    Post,
    SignatureState,
    Tally,
)
from petition.replies.reply_list import read_replies
from tests.factories import (
    allow_reply,
    make_campaign,
    make_district,
    make_post,
    make_signature,
)


@dataclass
class Ready:
    """Ids of a milestone of three people, and of one delivery for each of its posts."""

    campaign_id: int
    district_id: int
    milestone_id: int
    signature_ids: list[int]
    post_ids: list[int] = field(default_factory=list)
    letter_ids: list[int] = field(default_factory=list)
    delivery_ids: list[int] = field(default_factory=list)
    pdfs: dict[str, bytes] = field(default_factory=dict)

    @property
    def delivery_id(self) -> int:
        return self.delivery_ids[0]

    def read_letter(self, sha256: str) -> bytes:
        return self.pdfs[sha256]


MakeReady = Callable[..., Ready]


def make_pdf(number: int, size: int = 5000) -> bytes:
    """Bytes that stand for a PDF; delivery never looks inside."""
    seed = hashlib.sha256(str(number).encode()).digest()
    return b"%PDF-1.7\n" + (seed * (size // 32 + 1))[:size] + b"\n%%EOF\n"


def build_ready(
    channel: str = "outbox",
    posts: int = 1,
    names: int = 3,
    pdf_size: int = 5000,
    seat: Callable[[Any, Any], Post] | None = None,
    wants_reply: int = 0,
    **campaign: Any,
) -> Ready:
    """Add it all, in the app context that is pushed; ``wants_reply``: so many want an answer."""
    now = utcnow()
    with transaction() as session:
        made = make_campaign(session, step=names, **campaign)
        district = make_district(session)
        milestone = Milestone(
            campaign_id=made.id,
            district_id=district.id,
            number=1,
            threshold=names,
            code=f"CODE{made.id}",
            reached_at=now,
        )
        session.add(milestone)
        session.flush()
        session.add(
            Tally(
                campaign_id=made.id,
                district_id=district.id,
                step=names,
                live=names,
                joined=names,
                reached=1,
                updated_at=now,
            )
        )
        signatures = [
            make_signature(session, made, state=SignatureState.COUNTED, due_at=None)
            for _ in range(names)
        ]
        session.add_all(
            LedgerEntry(
                campaign_id=made.id,
                district_id=district.id,
                ordinal=ordinal,
                signature_id=signature.id,
                layer=district.layer,
                carried_by=1,
                joined_at=now,
            )
            for ordinal, signature in enumerate(signatures, 1)
        )
        session.flush()
        for signature in signatures[:wants_reply]:
            allow_reply(session, signature.id)
        milestone.state = MilestoneState.CLEARED
        ready = Ready(
            made.id, district.id, milestone.id, [signature.id for signature in signatures]
        )
        for _ in range(posts):
            post = (seat or make_post)(session, district)
            pdf = make_pdf(post.id, pdf_size)
            sha256 = hashlib.sha256(pdf).hexdigest()
            addressee = post.address(now.date())
            letter = Letter(
                milestone_id=milestone.id,
                post_id=post.id,
                sha256=sha256,
                pages=4,
                size=len(pdf),
                names=names,
                addressee=addressee.block if addressee else [],
                replies=read_replies(session, milestone).mark,
                rendered_at=utcnow(),
            )
            session.add(letter)
            session.flush()
            delivery = Delivery(
                milestone_id=milestone.id,
                post_id=post.id,
                channel=channel,
                state=DeliveryState.RENDERED,
                letter_id=letter.id,
                message_id=f"<code{made.id}.{post.id}@petition.example>",
                due_at=utcnow(),
                created_at=now,
            )
            session.add(delivery)
            session.flush()
            ready.post_ids.append(post.id)
            ready.letter_ids.append(letter.id)
            ready.delivery_ids.append(delivery.id)
            ready.pdfs[sha256] = pdf
    return ready


@pytest.fixture
def ready(app: Flask) -> Iterator[Ready]:
    """One delivery by the outbox, its app context pushed."""
    with app.app_context():
        yield build_ready()
        db.session.remove()


@pytest.fixture
def enter(make_app: Callable[..., Flask]) -> Iterator[Callable[..., Flask]]:
    """Make an app with other settings and push its context until the test ends."""
    pushed: list[Any] = []

    def push(**changes: str) -> Flask:
        app = make_app(**changes)
        context = app.app_context()
        context.push()
        pushed.append(context)
        return app

    yield push
    for context in reversed(pushed):
        db.session.remove()
        context.pop()


def get_state(delivery_id: int) -> DeliveryState:
    """The state as the database has it now."""
    return DeliveryState(get_row(delivery_id).state)


def get_row(delivery_id: int) -> Delivery:
    """The delivery as the database has it now."""
    db.session.rollback()
    return db.session.get_one(Delivery, delivery_id, populate_existing=True)


def make_due(delivery_id: int) -> None:
    """Let a lease or a wait be over."""
    with transaction() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.id == delivery_id)
            .values(due_at=utcnow() - timedelta(seconds=1))
        )
