"""Refuses confirmations of a closed campaign, unless its file allows them; and finds its close."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.campaigns.campaign_problems import CampaignProblem
from petition.core.errors import CampaignNotOpen
from petition.models import Campaign, CampaignState


def refuse_after_close(
    session: Session, campaign_id: int, now: datetime, *, lock: bool = False
) -> None:
    """Raise CampaignNotOpen if a confirmation would be after the close.

    - ``lock``: lock the campaign's row until the commit, so that no confirmation is stored after
      ``petition campaigns close`` has returned.
    """
    found = select(Campaign).where(Campaign.id == campaign_id)
    if lock:
        found = found.with_for_update(read=True).execution_options(populate_existing=True)
    campaign = session.scalars(found).one()
    if campaign.takes_confirmations(now):
        return
    closed_at = find_close(campaign, now)
    if closed_at is None:
        raise CampaignNotOpen(CampaignProblem.CLOSED_UNCONFIRMED)
    raise CampaignNotOpen(CampaignProblem.CLOSED_ON_UNCONFIRMED, day=closed_at)


def find_close(campaign: Campaign, now: datetime) -> datetime | None:
    """Return when it closed: by its date or by a person, whichever was first; None if open."""
    by_date = campaign.closes_at if campaign.closes_at and campaign.closes_at <= now else None
    closed = campaign.closed_at if campaign.state == CampaignState.CLOSED else None
    return min((moment for moment in (closed, by_date) if moment is not None), default=None)
