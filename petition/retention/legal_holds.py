"""Legal holds: put on a campaign and released by a person; ``LegalHold.spares`` is the rule.

- While one is in force no step of retention removes anything of its campaign, nor of data of which
  no campaign is known. What signers ask for themselves is done all the same.
- After the release, the next run removes what is past its period by then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from petition.audit.reasons import read_reason
from petition.audit.trail import record, write_line
from petition.core.clock import utcnow
from petition.core.errors import UserError
from petition.core.extensions import db, transaction
from petition.models import Campaign, Heartbeat, LegalHold, Signature
from petition.models.campaigns.campaign import find_campaign_id
from petition.retention.network_hashes import MARK
from petition.retention.retention_problems import RetentionProblem
from petition.signers.staff_requests.held_campaigns import find_hold


class HoldUnchanged(UserError):
    """The campaign is held already, or is not held any more."""

    code = "hold-unchanged"
    status = 409


@dataclass(frozen=True, slots=True)
class HoldInForce:
    """A hold in force; ``campaign``: its slug. ``held_by``: an actor."""

    campaign: str
    title: str
    reason: str
    held_by: str
    held_at: datetime


def list_holds() -> Sequence[HoldInForce]:
    """Return the holds in force, the oldest first."""
    rows = db.session.execute(
        select(
            Campaign.slug, Campaign.title, LegalHold.reason, LegalHold.held_by, LegalHold.held_at
        )
        .join(Campaign, Campaign.id == LegalHold.campaign_id)
        .where(LegalHold.released_at.is_(None))
        .order_by(LegalHold.held_at)
    ).all()
    db.session.rollback()
    return [HoldInForce(*row) for row in rows]


def list_free_campaigns() -> list[tuple[str, str]]:
    """Return (slug, title) of the campaigns that are not held, by title."""
    query = select(Campaign.slug, Campaign.title).where(LegalHold.spares(Campaign.id))
    rows = db.session.execute(query.order_by(Campaign.title, Campaign.slug)).all()
    db.session.rollback()
    return [(row.slug, row.title) for row in rows]


def is_any_held() -> bool:
    """Return whether any hold is in force."""
    found = not db.session.scalar(select(LegalHold.is_none_in_force()))
    db.session.rollback()
    return found


def hold_campaign(slug: str, why: str, *, actor: str) -> None:
    """Put a hold on a campaign; raises NotFound, InvalidInput and HoldUnchanged.

    - ``why``: for staff, without names. A batch of retention that has begun is finished within
      seconds; none begins after.
    """
    reason = read_reason(why, RetentionProblem.WHY_MISSING, RetentionProblem.WHY_LONG)
    with transaction() as session:
        campaign_id = _lock_campaign(session, slug)
        if find_hold(session, campaign_id) is not None:
            raise HoldUnchanged(RetentionProblem.HELD_ALREADY)
        hold = LegalHold(campaign_id=campaign_id, reason=reason, held_by=actor, held_at=utcnow())
        session.add(hold)
        session.flush()
        _record(session, "campaign.hold_placed", campaign_id, hold.id, actor)


def release_campaign(slug: str, *, actor: str) -> None:
    """Release the hold of a campaign; raises NotFound and HoldUnchanged."""
    with transaction() as session:
        campaign_id = _lock_campaign(session, slug)
        hold_id = find_hold(session, campaign_id)
        if hold_id is None:
            raise HoldUnchanged(RetentionProblem.NOT_HELD)
        session.execute(
            update(LegalHold)
            .where(LegalHold.id == hold_id)
            .values(released_by=actor, released_at=utcnow())
        )
        _look_at_networks_again(session, campaign_id)
        _record(session, "campaign.hold_released", campaign_id, hold_id, actor)


def _lock_campaign(session: Session, slug: str) -> int:
    campaign_id = find_campaign_id(session, write_line(slug))  # PostgreSQL refuses NUL
    session.get_one(Campaign, campaign_id, with_for_update=True)
    return campaign_id


def _look_at_networks_again(session: Session, campaign_id: int) -> None:
    """Have forget_networks, which goes on by id, begin before this campaign's signatures."""
    first = session.scalar(
        select(func.min(Signature.id)).where(Signature.campaign_id == campaign_id)
    )
    mark = session.get(Heartbeat, MARK, with_for_update=True, populate_existing=True)
    if first is not None and mark is not None:
        mark.detail = {"signature": min(mark.detail.get("signature", 0), first - 1)}


def _record(session: Session, action: str, campaign_id: int, hold_id: int, actor: str) -> None:
    detail = {"hold": hold_id}
    record(session, action, "campaign", campaign_id, actor=actor, detail=detail)
