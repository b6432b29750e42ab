"""Mail again to who asks for it by their address: the confirmation, or once confirmed the link.

Anybody may type an address. So all that asking does is one mail to it, not sooner than a while
after the last, and the same statements run whoever asks.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Insert,
    Update,
    bindparam,
    exists,
    select,
    update,
)
from sqlalchemy.orm import Session

from petition.models import Event, MailKind, Signature, SignatureState
from petition.signing.mails.planning import build_plan_again
from petition.trail import record_all

LINK_AFTER = timedelta(minutes=15)
# A mailbox that could not be reached is tried again by who asks, and not sooner than this.
TRY_AGAIN_AFTER = timedelta(days=1)
RESUBSCRIBED = "signature.resubscribed"


class Again(NamedTuple):
    """The two statements that mail again, built once: their parameters are ``fill_again``'s."""

    confirmation: Update
    link: Insert


def build_again(dialect: str, whose: ColumnElement[bool], *, speaks: bool) -> Again:
    """Return the statements for those whom ``whose`` selects.

    - ``confirmation`` makes the confirmation due where it is still to be followed and was mailed a
      while ago; ``link`` plans the private link for who has nothing to confirm.
    - ``speaks``: whoever asks does so in a language, in which they are mailed from now on.
    """
    moment = bindparam("moment", type_=Signature.due_at.type)
    values = {"mailed_at": None, "unreachable_at": None, "due_at": moment}
    confirmation = (
        update(Signature)
        .where(
            whose,
            Signature.state == SignatureState.PENDING,
            Signature.mailed_at < bindparam("mailed_before", type_=Signature.due_at.type),
            Signature.unreachable_at.is_(None)
            | (Signature.unreachable_at < bindparam("failed_before", type_=Signature.due_at.type)),
        )
        .values(values | ({"language": bindparam("spoken")} if speaks else {}))
    )
    signer = select(Signature.id).where(whose, Signature.state != SignatureState.PENDING)
    return Again(confirmation, build_plan_again(dialect, signer, MailKind.LINK))


def fill_again(now: datetime, after: timedelta, language: str = "") -> dict[str, Any]:
    """Return the parameters; a confirmation is mailed again ``after`` the last."""
    return {
        "moment": now,
        "mailed_before": now - after,
        "failed_before": now - TRY_AGAIN_AFTER,
        "planned_before": now - LINK_AFTER,
        "spoken": language,
    }


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
