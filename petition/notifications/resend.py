"""Mail again to who asks for it by their address: the confirmation, or once confirmed the link.

Anybody may type an address. So all that asking does is one mail to it, not sooner than a while
after the last, and the same statements run whoever asks.
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
# A mailbox that could not be reached is tried again by who asks, and not sooner than this.
TRY_AGAIN_AFTER = timedelta(days=1)
RESUBSCRIBED = "signature.resubscribed"


def mail_confirmation_again(
    session: Session, signature_id: int, now: datetime, asked_at: datetime
) -> None:
    """Make the confirmation of unconfirmed answers due, where it was mailed a while ago.

    - Or was put aside, since the mailbox wanted no mail; one that is on its way is left alone,
      and one that went since it was asked for.
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
    session: Session, signature_ids: Sequence[int], now: datetime, asked_at: datetime
) -> None:
    """Plan a mail with the private link for each, unless one was planned a moment ago.

    - Or since it was asked for: what waited in a backup was answered meanwhile.
    """
    signers = select(Signature.id).where(Signature.id.in_(signature_ids))
    plan_again(session, signers, MailKind.LINK, now, before=min(now - LINK_AFTER, asked_at))


def lift_unsubscribing(
    session: Session, mailbox: ColumnElement[bool], waiting: int, now: datetime
) -> None:
    """Let the confirmation go once more to a mailbox that unsubscribed, and whose owner asks.

    - ``mailbox``: its signatures in the campaign. ``waiting``: the answers to be confirmed, 0 for
      none, where nothing is undone.
    - Once for the mailbox: whoever asks may be somebody else, and who unsubscribes a second time
      means it.
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
