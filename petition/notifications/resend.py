"""Sends a confirmation, or after it the private link, again to an address that asks for it.

Anybody may enter an address. So a request sends it at most one mail, not sooner than LINK_AFTER
after the last, and runs the same statements for every address.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session, aliased

from petition.audit.trail import record_all
from petition.models import MailKind, Signature, SignatureState
from petition.notifications.mail_plans import plan_again
from petition.notifications.mailbox_conditions import PUT_ASIDE
from petition.notifications.requeueing import MAILED_AGAIN

LINK_AFTER = timedelta(minutes=15)
# The least time before an unreachable mailbox is tried again on request.
TRY_AGAIN_AFTER = timedelta(days=1)
RESUBSCRIBED = "signature.resubscribed"


def mail_confirmation_again(
    session: Session, signature_id: int, now: datetime, asked_at: datetime
) -> None:
    """Make a confirmation due that was mailed more than LINK_AFTER ago, or was put aside.

    - One is put aside while the mailbox wants no mail. One that is being sent, or that was sent
      since it was asked for, stays as it is.
    """
    before = min(now - LINK_AFTER, asked_at)
    put_aside = Signature.mailed_at.is_(None) & (Signature.due_at > now + PUT_ASIDE / 2)
    session.execute(
        update(Signature)
        .where(
            Signature.id == signature_id,
            Signature.state == SignatureState.PENDING,
            (Signature.mailed_at < before) | put_aside,
            Signature.unreachable_at.is_(None) | (Signature.unreachable_at < now - TRY_AGAIN_AFTER),
        )
        .values(unreachable_at=None, due_at=now, **MAILED_AGAIN)
    )


def plan_links(
    session: Session,
    signature_ids: Sequence[int],
    now: datetime,
    asked_at: datetime,
    language: str | None = None,
) -> None:
    """Plan a mail with private links to each, unless one was planned within LINK_AFTER.

    - Nor if one was planned since the request, which a restore may bring back.
    - ``language``: of the form that asked for it.
    """
    signers = select(Signature.id).where(Signature.id.in_(signature_ids))
    before = min(now - LINK_AFTER, asked_at)
    plan_again(session, signers, MailKind.LINK, now, before, language)


def lift_unsubscribing(
    session: Session, mailbox: ColumnElement[bool], waiting: int, now: datetime
) -> None:
    """Allow one more confirmation to a mailbox that unsubscribed and now asks for it.

    - ``mailbox``: its signatures in the campaign. ``waiting``: the answers to be confirmed, 0 for
      none, where nothing is undone.
    - Once for a mailbox: the request may come from somebody else, and a second unsubscription is
      final.
    """
    known = session.scalars(
        select(Signature.id).where(
            mailbox, Signature.ended_at.is_(None) | Signature.unsubscribed_at.is_not(None)
        )
    ).all()
    other = aliased(Signature)
    before = exists().where(other.id.in_(known), other.resubscribed_at.is_not(None))
    asked = session.scalars(
        update(Signature)
        .where(
            Signature.id.in_(known if waiting else []),
            Signature.seat.is_(None),
            Signature.unsubscribed_at.is_not(None),
            ~before,
        )
        .values(unsubscribed_at=None, resubscribed_at=now)
        .returning(Signature.id)
    ).all()
    record_all(session, RESUBSCRIBED, "signature", {id: {} for id in asked}, actor="visitor")
