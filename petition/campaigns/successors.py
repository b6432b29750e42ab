"""The campaign that follows a closed one, to which the page of the closed one links.

If the one that follows is closed as well, the one after it follows, and so on.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, true

from petition.audit.trail import record
from petition.campaigns.campaign_problems import CampaignProblem
from petition.campaigns.versions.version_store import store_first_version, store_version
from petition.core.errors import NotFound, UserError
from petition.core.extensions import db, transaction
from petition.models import Campaign, CampaignState
from petition.models.slug_problems import SlugProblem

# The most campaigns that are followed in a row; they may also form a cycle.
LONGEST_CHAIN = 10


@dataclass(frozen=True, slots=True)
class Successor:
    """The campaign that a closed one's page links to."""

    slug: str
    title: str
    language: str


def may_follow(scope: Collection[int] | None) -> ColumnElement[bool]:
    """Return the condition that an editor may name a campaign as one that follows.

    - ``scope``: the campaigns that they may edit; None: all. A draft is for who may edit it.
    """
    if scope is None:
        return true()
    return or_(Campaign.state != CampaignState.DRAFT, Campaign.id.in_(sorted(scope)))


def find_successor(campaign: Campaign, now: datetime) -> Successor | None:
    """Return the open campaign that follows a closed one; None unless both are in that state."""
    found = follow(campaign, now, _find)
    return Successor(found.slug, found.title, found.language) if found else None


def set_successor(slug: str, successor: str | None, *, actor: str = "cli") -> None:
    """Set the campaign that follows, or none for None. Mails that were sent are not recalled.

    - Raises NotFound if a campaign does not exist, UserError if one would follow itself.
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
        campaign = session.get_one(Campaign, ids[slug], with_for_update=True)
        if campaign.successor != successor:
            store_first_version(session, campaign)
            campaign.successor = successor
            store_version(session, campaign, actor=actor)
        detail = {"successor": ids.get(successor or "", 0)}
        record(session, "campaign.successor_set", "campaign", ids[slug], actor=actor, detail=detail)


def _find(slug: str) -> Campaign | None:
    return db.session.scalar(select(Campaign).where(Campaign.slug == slug))


def follow(
    campaign: Campaign, now: datetime, find: Callable[[str], Campaign | None]
) -> Campaign | None:
    """Return the first open one of the campaigns that follow, with only closed ones before it.

    - None if the next is not open yet: the one that follows it is not announced in its place.
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
