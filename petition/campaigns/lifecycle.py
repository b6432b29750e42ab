"""Campaigns: made from a file as drafts, changed by it, opened and closed by staff."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.campaigns.campaign_file import READERS, SIGNED, read_campaign
from petition.campaigns.campaign_problems import CampaignProblem
from petition.core.clock import utcnow
from petition.core.errors import ImportRefused, NotFound, UserError
from petition.core.extensions import transaction
from petition.models import (
    Campaign,
    CampaignState,
    Delivery,
    DeliveryState,
    Milestone,
    Signature,
)
from petition.models.slug_problems import SlugProblem

CheckText = Callable[[str], None]

# What a letter that waits for words to be read waits by.
WAITING = frozenset({"comments", "comment_wait"})
MERGED = ("opening", "letter", "closing", "topic", "message")


def create_campaign(values: Mapping[str, Any], check_text: CheckText, *, actor: str = "cli") -> int:
    """Store a draft and return its id; ``values`` are named as the columns of Campaign.

    - ``check_text`` raises a UserError where a text uses an unknown merge field.
    - Raises ImportRefused naming the key, what was expected and what to do.
    """
    row = _read(values, check_text)
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


def update_campaign(
    values: Mapping[str, Any], check_text: CheckText, *, dry_run: bool = False, actor: str = "cli"
) -> list[str]:
    """Make a campaign what its file says; return the names of the columns that change.

    - The file is the whole campaign: a key that it leaves out goes back to its default; only the
      successor stays, which has a command of its own.
    - What people sign can be changed in a draft, and later while nobody has signed: then its text
      gets another version, and a form that shows the text of before signs nothing.
    - ``dry_run`` stores nothing.
    - Raises ImportRefused as ``create_campaign`` does, or NotFound.
    """
    row = {name: _find_default(name) for name in READERS if name != "successor"}
    row |= _read(values, check_text)
    with transaction() as session:
        # Whoever is signing holds the row by its key, and is waited for.
        campaign = session.scalar(
            select(Campaign).where(Campaign.slug == row["slug"]).with_for_update()
        )
        if campaign is None:
            raise NotFound(SlugProblem.CAMPAIGN_UNKNOWN, slug=row["slug"])
        changed = [name for name, value in row.items() if getattr(campaign, name) != value]
        mended = [name for name in SIGNED if name in changed]
        opened = campaign.state != CampaignState.DRAFT
        if mended and opened and _has_signers(session, campaign.id):
            raise ImportRefused(
                f"{mended[0]}: people have signed it as it stands; close this campaign and have "
                "another follow it (petition campaigns follow)"
            )
        if changed and not dry_run:
            for name in changed:
                setattr(campaign, name, row[name])
            if mended and opened:
                campaign.text_version += 1
            if WAITING.intersection(changed):
                _look_again(session, campaign.id)
            detail = {"changed": ", ".join(changed)}
            record(session, "campaign.updated", "campaign", campaign.id, actor=actor, detail=detail)
    return changed


def _has_signers(session: Session, campaign_id: int) -> bool:
    """Return whether anybody has ever signed, whatever became of it."""
    # An index each has those who live and those who ended.
    return any(
        session.scalar(
            select(Signature.id).where(Signature.campaign_id == campaign_id, which).limit(1)
        )
        is not None
        for which in (Signature.ended_at.is_(None), Signature.ended_at.is_not(None))
    )


def set_state(slug: str, state: CampaignState, *, actor: str = "cli") -> bool:
    """Open or close a campaign; return False where it was so already.

    - Raises NotFound, and UserError where its people were erased and it is to be opened.
    """
    with transaction() as session:
        campaign = session.execute(
            select(Campaign.id, Campaign.people_erased_at).where(Campaign.slug == slug)
        ).one_or_none()
        if campaign is None:
            raise NotFound(SlugProblem.CAMPAIGN_UNKNOWN, slug=slug)
        if campaign.people_erased_at is not None and state != CampaignState.CLOSED:
            raise UserError(CampaignProblem.PEOPLE_ERASED, slug=slug)
        campaign_id = campaign.id
        closed_at = utcnow() if state == CampaignState.CLOSED else None
        changed = session.scalar(
            update(Campaign)
            .where(Campaign.id == campaign_id, Campaign.state != state)
            .values(state=state, closed_at=closed_at)
            .returning(Campaign.id)
        )
        if changed is not None:
            record(session, f"campaign.{state}", "campaign", campaign_id, actor=actor)
        return changed is not None


def _read(values: Mapping[str, Any], check_text: CheckText) -> dict[str, Any]:
    row = read_campaign(values)
    for name in MERGED:
        check_text(row.get(name) or "")
    return row


def _look_again(session: Session, campaign_id: int) -> None:
    """Have letters that wait for words to be read looked at by what the campaign says now."""
    milestones = select(Milestone.id).where(Milestone.campaign_id == campaign_id)
    session.execute(
        update(Delivery)
        .where(Delivery.state == DeliveryState.QUEUED, Delivery.milestone_id.in_(milestones))
        .values(due_at=utcnow())
        .execution_options(synchronize_session=False)
    )


def _find_default(name: str) -> Any:
    default: Any = Campaign.__table__.c[name].default
    if default is None:
        return None
    return default.arg(None) if default.is_callable else default.arg
