"""A lost private link is mailed again, to the address that signed and to nobody else.

Whoever asks learns nothing: the answer and the work are the same whether the address signed or not.
"""

from flask_babel import gettext
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from petition.clock import utcnow
from petition.errors import InvalidInput
from petition.extensions import transaction
from petition.models import Campaign, CampaignState, Signature, SignatureState
from petition.models.campaign import SLUG
from petition.models.signature import UNCOUNTED
from petition.sealing import get_sealer
from petition.signing.canonical import canonical_email, read_email
from petition.signing.mails.again import (
    lift_unsubscribing,
    mail_confirmation_again,
    plan_links,
)

GONE = (SignatureState.WITHDRAWN, SignatureState.EXPIRED)
NO_SIGNATURE = 0


def ask_for_link(slug: str, typed: str) -> None:
    """Plan the mail with the private link, if that address signed that campaign.

    - At most one in 15 minutes for a signature; two people who share the mailbox get one each.
    - Where nothing is confirmed yet, the confirmation of the latest answers goes again, which
      carries the same link; asking for it undoes, once, that they unsubscribed.
    - Raises InvalidInput where it is no address or no campaign, which says nothing of anyone.
    """
    email = read_email(typed)
    if email is None:
        raise InvalidInput({"email": gettext("Enter the e-mail address that you signed with.")})
    digest = get_sealer().digest(canonical_email(email), "email")
    now = utcnow()
    with transaction() as session:
        campaign = _find_campaign(session, slug)
        if campaign is None:
            raise InvalidInput({"campaign": gettext("Choose the letter that you signed.")})
        mailbox = (Signature.campaign_id == campaign.id) & (Signature.email_digest == digest)
        waiting, links = _find(session, mailbox)
        if not campaign.takes_confirmations(now):  # the link still lets its owner erase
            waiting, links = NO_SIGNATURE, [waiting, *links]
        lift_unsubscribing(session, mailbox, waiting)
        mail_confirmation_again(session, waiting, now)
        plan_links(session, links, now)


def _find_campaign(session: Session, slug: str) -> Campaign | None:
    if not SLUG.fullmatch(slug):
        return None  # a database refuses some of what may be typed
    return session.scalar(
        select(Campaign).where(Campaign.slug == slug, Campaign.state != CampaignState.DRAFT)
    )


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
