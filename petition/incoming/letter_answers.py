"""Answers of offices to letters: stored once, shown to staff, and sent to the organization."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.columns import ROW_SECRET_BYTES
from petition.core.extensions import db, transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.mail.inbox import remember
from petition.mail.reply_masking import mask_addresses
from petition.mail.reports import MailReport
from petition.models import AnswerText, Delivery, LetterAnswer
from petition.models.outgoing.letter_answer import BROKEN_ANSWER
from petition.models.states import OutgoingState

# Whoever has a letter can write any number of answers to it. Those of one sender do not use up what
# is kept of others.
MOST_ANSWERS = 200
MOST_OF_SENDER = 20
MOST_SENT_ON = 5  # of one sender, within PERIOD; others are only shown
PERIOD = timedelta(days=1)


class TooManyAnswers(Exception):
    """A letter has as many answers as are kept, of one sender or at all."""


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """An answer as staff see it, its addresses masked.

    - ``text`` None: it was erased, or does not open. ``state``: of its e-mail to the organization;
      ``cancelled`` if there is no address to send it to, or its sender wrote too often.
    """

    id: int
    received_at: datetime
    state: OutgoingState
    sender: str
    subject: str
    text: str | None


def store_answer(report: MailReport) -> int | None:
    """Store the answer in a mail; return the delivery that it is about, None if it is none of ours.

    - Matched by the Message-ID of the letter, whose keyed tag only those know who have the letter.
    - The same mail again stores nothing.
    - Raises TooManyAnswers over MOST_ANSWERS of one letter or MOST_OF_SENDER; nothing is stored.
    """
    answer = report.answer
    if answer is None:
        return None
    with transaction() as session:
        by_id = select(Delivery).where(Delivery.message_id.in_(answer.message_ids)).limit(1)
        delivery = session.scalar(by_id.with_for_update())
        if delivery is None:
            return None
        if not remember(session, report.key):
            return delivery.id
        now, bound_to = utcnow(), os.urandom(ROW_SECRET_BYTES)
        may_send = _may_send(session, delivery.id, answer.sender, now)
        is_sent = may_send and bool(delivery.milestone.campaign.organization_email)
        row = LetterAnswer(
            delivery_id=delivery.id,
            received_at=now,
            state=OutgoingState.QUEUED if is_sent else OutgoingState.CANCELLED,
            due_at=now if is_sent else None,
            settled_at=None if is_sent else now,
            content=AnswerText(
                answer.sender_name, answer.sender, answer.subject, answer.text, bound_to
            ),
            bound_to=bound_to,
        )
        session.add(row)
        session.flush()
        record(session, "delivery.answered", "delivery", delivery.id, detail={"answer": row.id})
        if is_sent:
            wake_after_commit(session, Stage.DISPATCH)
        return delivery.id


def list_answers(delivery_id: int) -> list[ShownAnswer]:
    """Return the answers to a letter, oldest first."""
    rows = db.session.scalars(
        select(LetterAnswer)
        .where(LetterAnswer.delivery_id == delivery_id)
        .options(undefer(LetterAnswer.content), undefer(LetterAnswer.bound_to))
        .order_by(LetterAnswer.id)
    )
    return [_show(row) for row in rows]


def _show(row: LetterAnswer) -> ShownAnswer:
    said = row.content if row.content is not None else BROKEN_ANSWER
    return ShownAnswer(
        row.id,
        row.received_at,
        OutgoingState(row.state),
        mask_addresses(said.sender_name),
        mask_addresses(said.subject),
        mask_addresses(said.text) if said != BROKEN_ANSWER else None,
    )


def _may_send(session: Session, delivery_id: int, sender: str, now: datetime) -> bool:
    """Return whether one more answer of a sender is sent on; raises TooManyAnswers."""
    rows = session.scalars(
        select(LetterAnswer)
        .where(LetterAnswer.delivery_id == delivery_id)
        .options(undefer(LetterAnswer.content), undefer(LetterAnswer.bound_to))
    ).all()
    own = [row for row in rows if row.content is not None and _is_of(row.content, sender)]
    if len(rows) >= MOST_ANSWERS or len(own) >= MOST_OF_SENDER:
        raise TooManyAnswers
    recent = [row for row in own if row.received_at > now - PERIOD]
    return sum(row.state != OutgoingState.CANCELLED for row in recent) < MOST_SENT_ON


def _is_of(content: AnswerText, sender: str) -> bool:
    return content.sender.lower() == sender.lower()
