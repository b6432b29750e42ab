"""Invitations that were accepted, called back or have expired, and e-mails to accounts.

An invitation contains an address; an e-mail's row contains ids only.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, exists, func, select

from petition.core.extensions import db, transaction
from petition.models import AccountMail, Invitation, LegalHold
from petition.retention.data_kind import PastData

# When an invitation ended, or will.
_ENDED = func.coalesce(Invitation.accepted_at, Invitation.called_back_at, Invitation.expires_at)


def count_past_invitations(before: datetime) -> PastData:
    """Return how many invitations ended before ``before``, and e-mails were planned before it."""
    ended = db.session.execute(
        select(func.count(), func.min(Invitation.created_at)).where(*_past(before))
    ).one()
    mails = db.session.execute(
        select(func.count(), func.min(AccountMail.created_at)).where(
            AccountMail.id.in_(_old(before))
        )
    ).one()
    moments = [moment for moment in (ended[1], mails[1]) if moment is not None]
    return PastData(ended[0] + mails[0], min(moments, default=None))


def erase_invitations(before: datetime, limit: int) -> int:
    """Delete up to ``limit`` such e-mails, then as many invitations with their e-mails."""
    with transaction() as session:
        mails = session.scalars(
            delete(AccountMail)
            .where(AccountMail.id.in_(_old(before).limit(limit)))
            .returning(AccountMail.id)
        ).all()
        if mails:
            return len(mails)
        ended = session.scalars(select(Invitation.id).where(*_past(before)).limit(limit)).all()
        session.execute(delete(AccountMail).where(AccountMail.invitation_id.in_(ended)))
        session.execute(delete(Invitation).where(Invitation.id.in_(ended)))
        return len(ended)


def _past(before: datetime) -> tuple[ColumnElement[bool], ...]:
    # One for the whole service has no campaign that could be held.
    return _ENDED < before, LegalHold.spares(Invitation.campaign_id)


def _old(before: datetime) -> Select[int]:
    held = exists().where(
        Invitation.id == AccountMail.invitation_id, ~LegalHold.spares(Invitation.campaign_id)
    )
    return select(AccountMail.id).where(
        AccountMail.due_at.is_(None), AccountMail.created_at < before, ~held
    )
