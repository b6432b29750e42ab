"""The campaign that follows a closed one: who asked is told of it once, its page links to it.

Where the one that follows is closed too, the one after that follows, and so on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session, aliased, load_only

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import NotFound, UserError
from petition.core.extensions import db, transaction
from petition.models import Campaign, Event, Mail, MailKind, Signature
from petition.notifications.mail_content import STANDING, has_signed
from petition.notifications.mail_plans import plan

TOLD = "campaign.successor_told"
SIGNERS_A_ROUND = 2_000
# Of campaigns that follow one another; each can be closed and name a next one, in a circle too.
LONGEST_CHAIN = 10


@dataclass(frozen=True, slots=True)
class Successor:
    """The campaign that a closed one's page leads to."""

    slug: str
    title: str


def find_successor(campaign: Campaign, now: datetime) -> Successor | None:
    """Return the open campaign that follows a closed one; None while either is not so far."""
    found = _follow(campaign, now, _find)
    return Successor(found.slug, found.title) if found else None


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
    - Who has signed the successor is not told of it. Nobody is told of one twice, whichever of its
      forerunners they signed, nor of a second one for the same signature.
    """
    now = utcnow()
    planned = 0
    for campaign_id, successor_id in _find_pairs(now):
        if planned < limit and not _was_told(campaign_id, successor_id):
            with transaction() as session:
                planned += _plan(session, campaign_id, successor_id, now, limit - planned)
    return planned


def _find(slug: str) -> Campaign | None:
    return db.session.scalar(select(Campaign).where(Campaign.slug == slug))


def _follow(
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


def _find_pairs(now: datetime) -> list[tuple[int, int]]:
    """Return the ids of each closed campaign with a successor and of the open one it leads to."""
    before = aliased(Campaign)
    named = select(before.successor).where(before.successor.is_not(None))
    columns = (Campaign.slug, Campaign.state, Campaign.successor)
    found = db.session.scalars(
        select(Campaign)
        .where(or_(Campaign.successor.is_not(None), Campaign.slug.in_(named)))
        .order_by(Campaign.id)
        .options(load_only(*columns, Campaign.opens_at, Campaign.closes_at))
    ).all()
    by_slug = {campaign.slug: campaign for campaign in found}
    pairs = [(campaign.id, _follow(campaign, now, by_slug.get)) for campaign in found]
    return [(before_id, after.id) for before_id, after in pairs if after is not None]


def _was_told(campaign_id: int, successor_id: int) -> bool:
    details = db.session.scalars(
        select(Event.detail).where(
            Event.subject == "campaign", Event.subject_id == campaign_id, Event.action == TOLD
        )
    )
    return any(detail.get("successor") == successor_id for detail in details)


def _plan(session: Session, campaign_id: int, successor_id: int, now: datetime, limit: int) -> int:
    # Planned, or told of another one before: the box is for one mail.
    told = exists().where(
        Mail.signature_id == Signature.id,
        Mail.kind == MailKind.SUCCESSOR,
        or_(Mail.about == successor_id, Mail.sent_at.is_not(None)),
    )
    # By another signature of theirs, on a campaign that leads to the same one.
    other = aliased(Signature)
    elsewhere = (
        select(other.email_digest)
        .join(Mail, Mail.signature_id == other.id)
        .where(
            Mail.kind == MailKind.SUCCESSOR,
            Mail.about == successor_id,
            or_(Mail.due_at.is_not(None), Mail.sent_at.is_not(None)),
            other.email_digest.is_not(None),
        )
    )
    asked = (
        select(Signature.id)
        .where(
            Signature.campaign_id == campaign_id,
            Signature.ended_at.is_(None),
            Signature.state.in_(STANDING),
            Signature.unsubscribed_at.is_(None),
            Signature.unreachable_at.is_(None),
            Signature.tell_successor,
            Signature.email_digest.not_in(elsewhere),
            ~told,
            ~has_signed(successor_id),
        )
        .limit(limit)
    )
    signers = plan(session, asked, MailKind.SUCCESSOR, now, about=successor_id)
    if signers < limit:
        record(session, TOLD, "campaign", campaign_id, detail={"successor": successor_id})
    return signers
