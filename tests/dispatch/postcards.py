"""A made-up kind of thing that goes out: a postcard to a town hall, by SMTP.

As CONTRIBUTING.md's checklist has it: the model with its attempts, the kind, a line in the
registry. Its tables are made by the test, and stand beside those of the service.
"""

import hashlib
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, MetaData, String, func, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from petition.core.clock import utcnow
from petition.core.columns import one_of
from petition.core.database import NAMING, Base
from petition.core.extensions import db, get_settings, transaction
from petition.dispatch.handover_step import HandoverStep
from petition.dispatch.kinds import Claim, OutgoingKind, Receipt
from petition.mail import SmtpTransport, render_message
from petition.models import LaneName
from petition.models.outgoing.dispatched import (
    AttemptColumns,
    Dispatched,
    index_due,
    index_refused,
)
from petition.models.states import OutgoingState


class PostcardBase(DeclarativeBase):
    """Not the service's own base: its schema is what the migrations make."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = Base.type_annotation_map


class Postcard(Dispatched, PostcardBase):
    __tablename__ = "postcards"
    __table_args__ = (
        one_of("state", OutgoingState),
        CheckConstraint("attempt >= 0", name="attempt_counts_up"),
        index_due("postcards"),
    )

    town: Mapped[str] = mapped_column(String(40))


class PostcardAttempt(AttemptColumns, PostcardBase):
    __tablename__ = "postcard_attempts"
    __table_args__ = (index_refused("postcard_attempts"),)

    postcard_id: Mapped[int] = mapped_column(
        ForeignKey("postcards.id"), primary_key=True, sort_order=-1
    )


class PostcardKind(OutgoingKind[Postcard, str]):
    name = "postcard"
    table = Postcard
    attempts = PostcardAttempt
    owner_name = "postcard_id"
    lane = LaneName.LETTERS

    def prepare(self, session: Session, row: Postcard, now: datetime) -> str:
        return row.town

    def send(self, claimed: Claim[str], handover: HandoverStep) -> Receipt:
        message = EmailMessage()
        message["From"] = get_settings().mail_from
        message["To"] = handover.recipient = f"{claimed.content}@townhall.example"
        message["Subject"] = "Greetings"
        message["Message-ID"] = f"<postcard-{claimed.row_id}@petition.example>"
        message.set_content(f"Greetings to {claimed.content}.\n")
        content = render_message(message)
        handover.digest = hashlib.sha256(content).hexdigest()
        transport = SmtpTransport.from_settings(get_settings())
        sender = get_settings().mail_from
        return Receipt(*transport.send(sender, handover.recipient, content, handover.begin))


POSTCARDS = PostcardKind()


def make_tables() -> None:
    PostcardBase.metadata.create_all(db.engine)


def drop_tables() -> None:
    PostcardBase.metadata.drop_all(db.engine)


def write(*towns: str) -> list[int]:
    """Store a postcard to each town, due now; return their ids."""
    cards = [
        Postcard(town=town, state=OutgoingState.QUEUED, due_at=utcnow(), attempt=0)
        for town in towns
    ]
    with transaction() as session:
        session.add_all(cards)
        session.flush()
        return [card.id for card in cards]


def read(card_id: int) -> Postcard:
    db.session.rollback()
    return db.session.get_one(Postcard, card_id, populate_existing=True)


def make_due(card_id: int) -> None:
    with transaction() as session:
        session.execute(update(Postcard).where(Postcard.id == card_id).values(due_at=func.now()))


def list_attempts(card_id: int) -> list[tuple[Any, ...]]:
    attempt = PostcardAttempt
    rows = db.session.execute(
        select(attempt.phase, attempt.outcome, attempt.detail)
        .where(attempt.postcard_id == card_id)
        .order_by(attempt.number)
    ).all()
    return [tuple(row) for row in rows]
