"""The campaign that follows a closed one: who asked is told of it once, its page links to it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, aliased

from petition.clock import utcnow
from petition.errors import NotFound, UserError
from petition.extensions import db, transaction
from petition.models import Campaign, CampaignState, Event, Mail, MailKind, Signature
from petition.signing.mails.planning import plan
from petition.signing.mails.topics import STANDING
from petition.trail import record

TOLD = "campaign.successor_told"
SIGNERS_A_ROUND = 2_000


@dataclass(frozen=True, slots=True)
class Successor:
    """The campaign that a closed one's page leads to."""

    slug: str
    title: str


def find_successor(campaign: Campaign, now: datetime) -> Successor | None:
    """Return the campaign that follows a closed one; None while either is not so far."""
    if campaign.successor is None or not _is_closed(campaign, now):
        return None
    found = db.session.scalar(select(Campaign).where(Campaign.slug == campaign.successor))
    if found is None or not found.is_open(now):
        return None
    return Successor(found.slug, found.title)


def set_successor(slug: str, successor: str | None, *, actor: str = "cli") -> None:
    """Say which campaign follows; None takes it back. Mails that went stay gone.

    - Raises NotFound where there is no such campaign, UserError where one would follow itself.
    """
    if slug == successor:
        raise UserError("A campaign does not follow itself.")
    with transaction() as session:
        ids = {
            row.slug: row.id
            for row in session.execute(
                select(Campaign.id, Campaign.slug).where(Campaign.slug.in_([slug, successor or ""]))
            )
        }
        for name in (slug, successor):
            if name is not None and name not in ids:
                raise NotFound(f"There is no campaign {name!r}.")
        session.execute(
            update(Campaign).where(Campaign.id == ids[slug]).values(successor=successor)
        )
        detail = {"successor": ids.get(successor or "", 0)}
        record(session, "campaign.successor_set", "campaign", ids[slug], actor=actor, detail=detail)


def plan_successors(limit: int = SIGNERS_A_ROUND) -> int:
    """Plan up to ``limit`` mails to signers of closed campaigns whose successor is open.

    - Returns how many. Who ticks the box after all were told finds the link on the page.
    """
    now = utcnow()
    planned = 0
    for campaign_id, successor_id in _find_pairs(now):
        if planned < limit and not _was_told(campaign_id, successor_id):
            with transaction() as session:
                planned += _plan(session, campaign_id, successor_id, now, limit - planned)
    return planned


def _is_closed(campaign: Campaign, now: datetime) -> bool:
    over = campaign.closes_at is not None and campaign.closes_at <= now
    return campaign.state == CampaignState.CLOSED or (campaign.state == CampaignState.OPEN and over)


def _find_pairs(now: datetime) -> list[tuple[int, int]]:
    follower = aliased(Campaign)
    rows = db.session.execute(
        select(Campaign, follower).join(follower, follower.slug == Campaign.successor)
    ).all()
    return [
        (before.id, after.id)
        for before, after in rows
        if _is_closed(before, now) and after.is_open(now)
    ]


def _was_told(campaign_id: int, successor_id: int) -> bool:
    details = db.session.scalars(
        select(Event.detail).where(
            Event.subject == "campaign", Event.subject_id == campaign_id, Event.action == TOLD
        )
    )
    return any(detail.get("successor") == successor_id for detail in details)


def _plan(session: Session, campaign_id: int, successor_id: int, now: datetime, limit: int) -> int:
    planned = exists().where(
        Mail.signature_id == Signature.id,
        Mail.kind == MailKind.SUCCESSOR,
        Mail.about == successor_id,
    )
    asked = (
        select(Signature.id)
        .where(
            Signature.campaign_id == campaign_id,
            Signature.ended_at.is_(None),
            Signature.state.in_(STANDING),
            Signature.tell_successor,
            ~planned,
        )
        .limit(limit)
    )
    signers = plan(session, asked, MailKind.SUCCESSOR, now, about=successor_id)
    if signers < limit:
        record(session, TOLD, "campaign", campaign_id, detail={"successor": successor_id})
    return signers
