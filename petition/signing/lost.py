"""A lost private link is mailed again, to the address that signed and to nobody else.

Whoever asks learns nothing: the answer and the work are the same whether the address signed or not.
"""

from flask_babel import gettext
from sqlalchemy import select
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
    LINK_AFTER,
    build_again,
    fill_again,
    lift_unsubscribing,
)

GONE = (SignatureState.WITHDRAWN, SignatureState.EXPIRED)
NO_SIGNATURE = 0


def ask_for_link(slug: str, typed: str) -> None:
    """Plan the mail with the private link, if that address signed that campaign.

    - At most one in 15 minutes for a signature. Who has not confirmed yet gets the confirmation
      again, which carries the same link; asking for it undoes, once, that they unsubscribed.
    - Raises InvalidInput where it is no address or no campaign, which says nothing of anyone.
    """
    email = read_email(typed)
    if email is None:
        raise InvalidInput({"email": gettext("Enter the e-mail address that you signed with.")})
    digest = get_sealer().digest(canonical_email(email), "email")
    now = utcnow()
    with transaction() as session:
        campaign_id = _find_campaign(session, slug)
        if campaign_id is None:
            raise InvalidInput({"campaign": gettext("Choose the letter that you signed.")})
        whose = Signature.id == _find(session, campaign_id, digest)
        lift_unsubscribing(session, whose)
        connection = session.connection()
        again = build_again(connection.dialect.name, whose, speaks=False)
        values = fill_again(now, LINK_AFTER)
        connection.execute(again.confirmation, values)
        connection.execute(again.link, values)


def _find_campaign(session: Session, slug: str) -> int | None:
    if not SLUG.fullmatch(slug):
        return None  # a database refuses some of what may be typed
    return session.scalar(
        select(Campaign.id).where(Campaign.slug == slug, Campaign.state != CampaignState.DRAFT)
    )


def _find(session: Session, campaign_id: int, digest: bytes) -> int:
    """The live signature, or the last that has ended; both are looked for in either case."""
    signatures = select(Signature.id).where(
        Signature.campaign_id == campaign_id, Signature.email_digest == digest
    )
    live = session.scalar(signatures.where(Signature.ended_at.is_(None)))
    ended = session.scalar(
        signatures.where(UNCOUNTED, Signature.state.in_(GONE))
        .order_by(Signature.id.desc())
        .limit(1)
    )
    return live or ended or NO_SIGNATURE
