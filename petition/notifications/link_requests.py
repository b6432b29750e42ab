"""Mails lost private links to an address that asked for them, if it has signed anything.

A request inserts the same row for any address (petition/signers/lost_link.py); whether there is a
signature is looked up here, so that the response time does not reveal it.
"""

from sqlalchemy import delete, select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Ask, Signature
from petition.notifications.address_links import choose_addressees, find_signatures
from petition.notifications.resend import (
    lift_unsubscribing,
    mail_confirmation_again,
    plan_links,
)

BATCH = 100
NO_SIGNATURE = 0
# Of the six mails a day that may be asked for, so that the links have their place as well.
MOST_CONFIRMATIONS = 3


def answer_asks(limit: int = BATCH) -> int:
    """Plan the mails of up to ``limit`` requests, and delete their rows; return how many.

    - One mail with all links of the address, at most one in 15 minutes.
    - Where nothing is confirmed yet in a campaign, the confirmation of the latest answers goes
      again, which carries the same link; asking for it undoes, once, that they unsubscribed. A
      request sends at most MOST_CONFIRMATIONS of them.
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
            .returning(Ask.email_digest, Ask.asked_at, Ask.language)
        ).one_or_none()
        if ask is None:  # another worker has taken it
            return
        found = find_signatures(session, ask.email_digest, now)
        for waiting in found.waiting[:MOST_CONFIRMATIONS] or (NO_SIGNATURE,):
            its_campaign = select(Signature.campaign_id).where(Signature.id == waiting)
            mailbox = (Signature.email_digest == ask.email_digest) & (
                Signature.campaign_id == its_campaign.scalar_subquery()
            )
            lift_unsubscribing(session, mailbox, waiting, now)
            mail_confirmation_again(session, waiting, now, ask.asked_at)
        addressees = choose_addressees(session, found.links)
        plan_links(session, addressees, now, ask.asked_at, ask.language)
