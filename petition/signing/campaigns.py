"""Campaigns: made from a file as drafts, opened and closed by staff."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from petition.clock import utcnow
from petition.errors import ImportRefused, NotFound
from petition.extensions import transaction
from petition.models import Campaign, CampaignState
from petition.signing.campaign_file import read_campaign
from petition.trail import record

CheckText = Callable[[str], None]

MERGED = ("opening", "letter", "closing", "topic", "message")


def create_campaign(values: Mapping[str, Any], check_text: CheckText, *, actor: str = "cli") -> int:
    """Store a draft and return its id; ``values`` are named as the columns of Campaign.

    - ``check_text`` raises a UserError where a text uses an unknown merge field.
    - Raises ImportRefused naming the key, what was expected and what to do.
    """
    row = read_campaign(values)
    for name in MERGED:
        check_text(row.get(name) or "")
    try:
        with transaction() as session:
            campaign = Campaign(**row, state=CampaignState.DRAFT, created_at=utcnow())
            session.add(campaign)
            session.flush()
            record(session, "campaign.created", "campaign", campaign.id, actor=actor)
            return campaign.id
    except IntegrityError as error:
        raise ImportRefused(
            f"slug: there is a campaign {row['slug']!r} already; choose another slug"
        ) from error


def set_state(slug: str, state: CampaignState, *, actor: str = "cli") -> bool:
    """Open or close a campaign; return False where it was so already. Raises NotFound."""
    with transaction() as session:
        campaign_id = session.scalar(select(Campaign.id).where(Campaign.slug == slug))
        if campaign_id is None:
            raise NotFound(f"There is no campaign {slug!r}.")
        changed = session.scalar(
            update(Campaign)
            .where(Campaign.id == campaign_id, Campaign.state != state)
            .values(state=state)
            .returning(Campaign.id)
        )
        if changed is not None:
            record(session, f"campaign.{state}", "campaign", campaign_id, actor=actor)
        return changed is not None
