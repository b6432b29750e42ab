"""Stores a campaign's definition as its next version, in the transaction that changed it."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from petition.campaigns.campaign_problems import CampaignProblem
from petition.campaigns.versions.definition_text import describe_campaign, write_definition
from petition.core.clock import utcnow
from petition.core.errors import UserError
from petition.models import Campaign, CampaignHead, CampaignVersion
from petition.models.campaigns.campaign_version import LONGEST_NOTE
from petition.validation.printable import make_printable


class VersionChanged(UserError):
    """The campaign, or its draft, is no longer what an edit was made from.

    - ``number``: of the version that is in force; ``revision``: of the draft, 0 if there is none.
    """

    code = "version-changed"
    status = 409

    def __init__(self, number: int, revision: int = 0) -> None:
        super().__init__(CampaignProblem.EDITED, number=number)
        self.number = number
        self.revision = revision


def find_number(session: Session, campaign_id: int) -> int:
    """Return the number of the version in force; 0 before the first."""
    query = select(func.max(CampaignVersion.number)).where(
        CampaignVersion.campaign_id == campaign_id
    )
    return session.scalar(query) or 0


def store_version(session: Session, campaign: Campaign, *, actor: str, note: str = "") -> int:
    """Store what a campaign's definition is now as its next version, and return its number.

    - For whoever changes a definition: the database commits no change without it. The caller has
      locked the campaign, and commits.
    """
    session.flush()
    session.refresh(campaign)
    number = find_number(session, campaign.id) + 1
    version = CampaignVersion(
        campaign_id=campaign.id,
        number=number,
        definition=write_definition(describe_campaign(campaign)),
        actor=actor,
        note=make_printable(note)[:LONGEST_NOTE],
        made_at=utcnow(),
    )
    session.add(version)
    session.flush()
    named = session.scalar(
        update(CampaignHead)
        .where(CampaignHead.campaign_id == campaign.id)
        .values(version_id=version.id)
        .returning(CampaignHead.campaign_id)
        .execution_options(synchronize_session=False)
    )
    if named is None:
        session.add(CampaignHead(campaign_id=campaign.id, version_id=version.id))
        session.flush()
    return number


def store_first_version(session: Session, campaign: Campaign) -> None:
    """Store a campaign as it is as its first version, if it has none, before it is changed."""
    if find_number(session, campaign.id) == 0:
        store_version(session, campaign, actor="", note="as it was before versions were kept")
