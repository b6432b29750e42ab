"""The campaign that follows a closed one: its page links to it.

Where the one that follows is closed too, the one after that follows, and so on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from petition.audit.trail import record
from petition.campaigns.campaign_problems import CampaignProblem
from petition.core.errors import NotFound, UserError
from petition.core.extensions import db, transaction
from petition.models import Campaign
from petition.models.slug_problems import SlugProblem

# Of campaigns that follow one another; each can be closed and name a next one, in a circle too.
LONGEST_CHAIN = 10


@dataclass(frozen=True, slots=True)
class Successor:
    """The campaign that a closed one's page leads to."""

    slug: str
    title: str


def find_successor(campaign: Campaign, now: datetime) -> Successor | None:
    """Return the open campaign that follows a closed one; None while either is not so far."""
    found = follow(campaign, now, _find)
    return Successor(found.slug, found.title) if found else None


def set_successor(slug: str, successor: str | None, *, actor: str = "cli") -> None:
    """Say which campaign follows; None takes it back. Mails that went stay gone.

    - Raises NotFound where there is no such campaign, UserError where one would follow itself.
    """
    if slug == successor:
        raise UserError(CampaignProblem.FOLLOWS_ITSELF)
    with transaction() as session:
        ids = {
            row.slug: row.id
            for row in session.execute(
                select(Campaign.id, Campaign.slug).where(Campaign.slug.in_([slug, successor or ""]))
            )
        }
        for name in (slug, successor):
            if name is not None and name not in ids:
                raise NotFound(SlugProblem.CAMPAIGN_UNKNOWN, slug=name)
        session.execute(
            update(Campaign).where(Campaign.id == ids[slug]).values(successor=successor)
        )
        detail = {"successor": ids.get(successor or "", 0)}
        record(session, "campaign.successor_set", "campaign", ids[slug], actor=actor, detail=detail)


def _find(slug: str) -> Campaign | None:
    return db.session.scalar(select(Campaign).where(Campaign.slug == slug))


def follow(
    campaign: Campaign, now: datetime, find: Callable[[str], Campaign | None]
) -> Campaign | None:
    """Return the first open one of the campaigns that follow, by way of closed ones alone.

    - One that is still to open is waited for: what follows it is not announced in its place.
    """
    seen = {campaign.slug}
    while campaign.is_closed(now) and len(seen) <= LONGEST_CHAIN:
        if campaign.successor is None or campaign.successor in seen:
            return None
        seen.add(campaign.successor)
        found = find(campaign.successor)
        if found is None or found.is_open(now):
            return found
        campaign = found
    return None
