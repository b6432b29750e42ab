"""Requests for a lost private link, which is mailed only to the address that signed.

The response reveals nothing: whether the address signed or not, only one row with the request is
inserted. petition/notifications/link_requests.py processes it.
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
    """Request that the private link is mailed, if the address has signed the campaign.

    - Raises InvalidInput if it is no address or no campaign, which reveals nothing about anyone.
    """
    email = read_email(typed)
    if email is None:
        raise InvalidInput({"email": Problem(SignerProblem.EMAIL_OF_SIGNATURE_MISSING)})
    digest = get_sealer().digest(canonical_email(email), "email")
    campaign = select(Campaign.id).where(
        Campaign.slug == slug, Campaign.state != CampaignState.DRAFT
    )
    with core_transaction() as connection:
        # Checked first: a database raises an error for some texts.
        campaign_id = connection.scalar(campaign) if SLUG.fullmatch(slug) else None
        if campaign_id is None:
            raise InvalidInput({"campaign": Problem(SignerProblem.CAMPAIGN_OF_SIGNATURE_MISSING)})
        connection.execute(
            insert(Ask), {"campaign_id": campaign_id, "email_digest": digest, "asked_at": utcnow()}
        )
    wake(Stage.MAIL)  # after the commit: this path has no session for wake_after_commit
