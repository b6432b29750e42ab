"""LetterAnswer: what a person answered to a letter, and its e-mail to the organization."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import ROW_SECRET_BYTES, Sealed, one_of
from petition.core.database import Base
from petition.models.outgoing.dispatched import (
    AttemptColumns,
    Cause,
    Dispatched,
    index_due,
    index_refused,
)
from petition.models.states import OutgoingState


@dataclass(frozen=True, slots=True)
class AnswerText:
    """What an answer says; stored only sealed.

    - ``sender``: the address it came from, empty without one. ``bound_to``: the row's secret.
    """

    sender_name: str
    sender: str
    subject: str
    text: str
    bound_to: bytes = field(default=b"", repr=False, compare=False)


# Placeholder for a text that does not open: no stored one has such a character.
BROKEN_ANSWER = AnswerText("", "", "", "\0")


class LetterAnswer(Dispatched, Base):
    """An answer to a letter; sent once to the organization of its campaign, if that has an address.

    - ``content``: None once it was erased (petition/retention/struck_words.py).
    - Without an address, and of a sender who wrote too often, it is ``cancelled`` from the start,
      and only shown to staff.
    """

    __tablename__ = "letter_answers"
    __table_args__ = (
        one_of("state", OutgoingState),
        CheckConstraint("attempt >= 0", name="attempt_counts_up"),
        CheckConstraint("(content IS NULL) = (bound_to IS NULL)", name="content_bound_to_its_row"),
        index_due("letter_answers"),
        Index("ix_letter_answers_delivery_id", "delivery_id"),
        Index("ix_letter_answers_received_at", "received_at"),
    )

    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"))
    received_at: Mapped[datetime]
    content: Mapped[AnswerText | None] = mapped_column(
        Sealed(AnswerText, "letter_answer.content", BROKEN_ANSWER, ("bound_to",)), deferred=True
    )
    bound_to: Mapped[bytes | None] = mapped_column(LargeBinary(ROW_SECRET_BYTES), deferred=True)


class AnswerAttempt(AttemptColumns, Base):
    """One attempt to send an answer to the organization."""

    __tablename__ = "answer_attempts"
    __table_args__ = (
        one_of("about", Cause),
        CheckConstraint("spent OR about IS NOT NULL", name="unspent_has_cause"),
        CheckConstraint("recipient IS NULL", name="no_address"),
        index_refused("answer_attempts"),
    )

    answer_id: Mapped[int] = mapped_column(
        ForeignKey("letter_answers.id"), primary_key=True, sort_order=-1
    )
