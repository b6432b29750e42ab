"""A lost private link is mailed again, to the address that signed and to nobody else.

Whoever asks learns nothing: all that is done at once, whether the address signed or not, is one row
that says that somebody asked. What becomes of it is in notifications/link_requests.py.
"""

from sqlalchemy import insert, select

from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, Problem
from petition.core.extensions import core_transaction
from petition.core.queues import Stage, wake
from petition.core.sealing import get_sealer
from petition.models import Ask, Campaign, CampaignState
from petition.models.campaigns.campaign import SLUG
from petition.signers.signer_problems import SignerProblem
from petition.signing.canonical_email import canonical_email, read_email


def ask_for_link(slug: str, typed: str) -> None:
    """Have the private link mailed, if that address signed that campaign.

    - Raises InvalidInput where it is no address or no campaign, which says nothing of anyone.
    """
    email = read_email(typed)
    if email is None:
        raise InvalidInput({"email": Problem(SignerProblem.EMAIL_OF_SIGNATURE_MISSING)})
    digest = get_sealer().digest(canonical_email(email), "email")
    campaign = select(Campaign.id).where(
        Campaign.slug == slug, Campaign.state != CampaignState.DRAFT
    )
    with core_transaction() as connection:
        # A database refuses some of what may be typed.
        campaign_id = connection.scalar(campaign) if SLUG.fullmatch(slug) else None
        if campaign_id is None:
            raise InvalidInput({"campaign": Problem(SignerProblem.CAMPAIGN_OF_SIGNATURE_MISSING)})
        connection.execute(
            insert(Ask), {"campaign_id": campaign_id, "email_digest": digest, "asked_at": utcnow()}
        )
    wake(Stage.MAIL)  # committed: this path has no session to ask by
