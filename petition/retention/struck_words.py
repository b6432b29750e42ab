"""Texts that are no longer needed: comments that staff struck, and reply texts of mail servers."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute

from petition.core.extensions import db, transaction
from petition.models import (
    Attempt,
    CommentState,
    Delivery,
    LegalHold,
    LetterAnswer,
    Milestone,
    Signature,
)
from petition.retention.data_kind import PastData


def count_past_struck(before: datetime) -> PastData:
    """Return how many signatures have a comment that staff struck before ``before``."""
    query = select(func.count(), func.min(Signature.comment_decided_at)).where(*_struck(before))
    return PastData(*db.session.execute(query).one())


def erase_struck(before: datetime, limit: int) -> int:
    """Empty up to ``limit`` comments that staff struck before ``before``; signatures are kept.

    - No letter is rendered again, since none prints a struck comment.
    - A comment that cannot be decrypted stays sealed, and is not printed either.
    """
    with transaction() as session:
        found = session.scalars(
            select(Signature)
            .where(*_struck(before))
            .order_by(Signature.comment_decided_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        for signature in found:
            person = signature.person
            if person is not None and person.is_readable:
                signature.person = replace(person, comment="")
            signature.publish_comment = False
            signature.comment_state = signature.comment_decided_at = None
        return len(found)


def count_past_said(before: datetime) -> PastData:
    """Return how many replies to letters are older than ``before``: of mail servers, of offices."""
    query = select(func.count(), func.min(Attempt.ended_at)).where(*_said(before))
    answered = select(func.count(), func.min(LetterAnswer.received_at)).where(*_answered(before))
    replies, first = db.session.execute(query).one()
    answers, first_answer = db.session.execute(answered).one()
    oldest = min((at for at in (first, first_answer) if at is not None), default=None)
    return PastData(replies + answers, oldest)


def erase_said(before: datetime, limit: int) -> int:
    """Empty up to ``limit`` replies to letters: of mail servers, whose codes stay; of offices."""
    return _erase_replies(before, limit) or _erase_answers(before, limit)


def _erase_answers(before: datetime, limit: int) -> int:
    with transaction() as session:
        found = session.scalars(
            select(LetterAnswer.id)
            .where(*_answered(before))
            .order_by(LetterAnswer.received_at)
            .limit(limit)
        ).all()
        if found:
            session.execute(
                update(LetterAnswer)
                .where(LetterAnswer.id.in_(found))
                .values(content=None, bound_to=None)
            )
        return len(found)


def _erase_replies(before: datetime, limit: int) -> int:
    with transaction() as session:
        rows = session.execute(
            select(Attempt.delivery_id, Attempt.number)
            .where(*_said(before))
            .order_by(Attempt.ended_at)
            .limit(limit)
        )
        found = [tuple(row) for row in rows]
        if found:
            session.execute(
                update(Attempt)
                .where(tuple_(Attempt.delivery_id, Attempt.number).in_(found))
                .values(said=None)
            )
        return len(found)


def _struck(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Signature.comment_decided_at.is_not(None),
        Signature.comment_decided_at < before,
        Signature.comment_state == CommentState.STRUCK,
        Signature.person.is_not(None),
        LegalHold.spares(Signature.campaign_id),
    )


def _said(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return Attempt.said.is_not(None), Attempt.ended_at < before, ~_is_held(Attempt.delivery_id)


def _answered(before: datetime) -> tuple[ColumnElement[bool], ...]:
    held = _is_held(LetterAnswer.delivery_id)
    return LetterAnswer.content.is_not(None), LetterAnswer.received_at < before, ~held


def _is_held(delivery_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return exists().where(
        Delivery.id == delivery_id,
        Milestone.id == Delivery.milestone_id,
        ~LegalHold.spares(Milestone.campaign_id),
    )
