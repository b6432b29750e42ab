"""Mails a lost private link to an address that asked for it, if it has signed the campaign.

A request inserts the same row for any address (petition/signers/lost_link.py); whether there is a
signature is looked up here, so that the response time does not reveal it.
"""

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Ask, Campaign, Signature, SignatureState
from petition.models.signatures.signature import UNCOUNTED
from petition.notifications.resend import (
    lift_unsubscribing,
    mail_confirmation_again,
    plan_links,
)

BATCH = 100
GONE = (SignatureState.WITHDRAWN, SignatureState.EXPIRED)
NO_SIGNATURE = 0


def answer_asks(limit: int = BATCH) -> int:
    """Plan the mails of up to ``limit`` requests, and delete their rows; return how many.

    - At most one in 15 minutes for a signature; two people who share the mailbox get one each.
    - Where nothing is confirmed yet, the confirmation of the latest answers goes again, which
      carries the same link; asking for it undoes, once, that they unsubscribed.
    - Each in a transaction of its own, the oldest first: of several who ask at once one goes first.
    """
    db.session.rollback()  # an older snapshot would not show new requests
    asked = db.session.scalars(select(Ask.id).order_by(Ask.id).limit(limit)).all()
    db.session.rollback()
    for ask_id in asked:
        _answer(ask_id)
    return len(asked)


def _answer(ask_id: int) -> None:
    now = utcnow()
    with transaction() as session:
        ask = session.execute(
            delete(Ask)
            .where(Ask.id == ask_id)
            .returning(Ask.campaign_id, Ask.email_digest, Ask.asked_at)
        ).one_or_none()
        if ask is None:  # another worker has taken it
            return
        campaign = session.get_one(Campaign, ask.campaign_id)
        mailbox = (Signature.campaign_id == campaign.id) & (
            Signature.email_digest == ask.email_digest
        )
        waiting, links = _find(session, mailbox)
        if not campaign.takes_confirmations(now):  # by its link the signer can still erase it
            waiting, links = NO_SIGNATURE, [waiting, *links]
        lift_unsubscribing(session, mailbox, waiting, now)
        mail_confirmation_again(session, waiting, now, ask.asked_at)
        plan_links(session, links, now, ask.asked_at)


def _find(session: Session, mailbox: ColumnElement[bool]) -> tuple[int, list[int]]:
    """Return the answers that wait to be confirmed, and the signatures whose link is to go.

    - The link of those that stand; else the latest answers wait; else the link of the last that
      has ended. All are looked for in any case.
    """
    live = select(Signature.id).where(mailbox, Signature.ended_at.is_(None))
    standing = session.scalars(live.where(Signature.seat.is_not(None))).all()
    latest = session.scalar(
        live.where(Signature.seat.is_(None)).order_by(Signature.id.desc()).limit(1)
    )
    ended = session.scalar(
        select(Signature.id)
        .where(mailbox, UNCOUNTED, Signature.state.in_(GONE))
        .order_by(Signature.id.desc())
        .limit(1)
    )
    if standing:
        return NO_SIGNATURE, list(standing)
    return (latest, []) if latest else (NO_SIGNATURE, [ended or NO_SIGNATURE])
