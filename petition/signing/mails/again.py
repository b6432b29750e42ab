"""Mail again to who asks for it by their address: the confirmation, or once confirmed the link.

Anybody may type an address. So all that asking does is one mail to it, not sooner than a while
after the last, and the same statements run whoever asks.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, exists, select, update
from sqlalchemy.orm import Session

from petition.models import Event, MailKind, Signature, SignatureState
from petition.signing.mails.planning import plan_again
from petition.trail import record_all

LINK_AFTER = timedelta(minutes=15)
# A mailbox that could not be reached is tried again by who asks, and not sooner than this.
TRY_AGAIN_AFTER = timedelta(days=1)
RESUBSCRIBED = "signature.resubscribed"


def mail_confirmation_again(
    connection: Session | Connection,
    whose: ColumnElement[bool],
    now: datetime,
    after: timedelta,
    language: str | None = None,
) -> None:
    """Make the confirmation due where it is still to be followed and was mailed ``after`` ago.

    - ``language``: in which they asked; None leaves it.
    """
    connection.execute(
        update(Signature)
        .where(
            whose,
            Signature.state == SignatureState.PENDING,
            Signature.mailed_at < now - after,
            Signature.unreachable_at.is_(None) | (Signature.unreachable_at < now - TRY_AGAIN_AFTER),
        )
        .values(
            {"mailed_at": None, "unreachable_at": None, "due_at": now}
            | ({"language": language} if language else {})
        )
        .execution_options(synchronize_session=False)
    )


def mail_link_again(
    connection: Session | Connection, whose: ColumnElement[bool], now: datetime
) -> None:
    """Plan the mail with the private link for who has nothing to confirm, LINK_AFTER the last."""
    signer = select(Signature.id).where(whose, Signature.state != SignatureState.PENDING)
    plan_again(connection, signer, MailKind.LINK, now, LINK_AFTER)


def lift_unsubscribing(session: Session, whose: ColumnElement[bool]) -> None:
    """Let the confirmation go once more to who unsubscribed before confirming, and asks for it.

    - Once in a signature's life: whoever asks may be somebody else, and who unsubscribes a second
      time means it.
    """
    before = exists().where(
        Event.subject == "signature",
        Event.subject_id == Signature.id,
        Event.action == RESUBSCRIBED,
    )
    asked = session.scalars(
        update(Signature)
        .where(
            whose,
            Signature.state == SignatureState.PENDING,
            Signature.unsubscribed_at.is_not(None),
            ~before,
        )
        .values(unsubscribed_at=None)
        .returning(Signature.id)
        .execution_options(synchronize_session=False)
    ).all()
    record_all(session, RESUBSCRIBED, "signature", {id: {} for id in asked}, actor="visitor")
