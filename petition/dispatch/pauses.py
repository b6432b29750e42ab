"""Pauses: stop all letters, or those of one campaign, within seconds without losing any.

- A pause is a row. Rendering a letter and starting a delivery check for it in the transaction of
  the claim, so that none starts once ``pause`` has returned. What a worker has started, it
  finishes.
- Signing and counting go on: due work waits, and continues after ``resume``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from petition.audit.trail import record, write_line
from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.core.extensions import transaction
from petition.dispatch.pause_problems import PauseOfService
from petition.models import Campaign, Milestone, Pause
from petition.models.campaigns.campaign import find_campaign_id

LONGEST_REASON = 200
ALL = "all campaigns"
_IS_OF_SERVICE = func.coalesce(Pause.for_service, true())


@dataclass(frozen=True, slots=True)
class InForce:
    """A pause in force; ``campaign``: a slug, or None for all campaigns.

    - ``for_service``: only a role for the whole service resumes it.
    """

    campaign: str | None
    since: datetime
    reason: str
    for_service: bool


def write_resume(slug: str | None) -> str:
    """Return the command that ends the pause of a campaign, or of all with None."""
    return f"petition campaigns resume {slug}" if slug else "petition resume --all"


def list_pauses(session: Session) -> Sequence[InForce]:
    """Return the pauses in force, the one of all campaigns first."""
    rows = session.execute(
        select(Campaign.slug, Pause.started_at, Pause.reason, _IS_OF_SERVICE)
        .select_from(Pause)
        .outerjoin(Campaign, Campaign.id == Pause.campaign_id)
        .where(Pause.ended_at.is_(None))
        .order_by(Pause.campaign_id.is_not(None), Campaign.slug)
    )
    return [InForce(*row) for row in rows]


def may_go() -> ColumnElement[bool]:
    """Return the condition that no pause applies to the campaign of a query's Milestone."""
    return ~exists(select(Pause.id).where(_holds(Milestone.campaign_id)))


def is_paused(session: Session, campaign_id: int) -> bool:
    """Return whether no letter of a campaign may be made or sent now."""
    return session.scalar(select(Pause.id).where(_holds(campaign_id)).limit(1)) is not None


def pause(slug: str | None, reason: str = "", *, actor: str, for_service: bool = True) -> bool:
    """Stop the letters of a campaign, or of all with None; return False if they were already.

    - ``for_service``: whether the actor's role is for the whole service; theirs takes the place of
      a pause by somebody whose role is not.
    - Raises NotFound for an unknown campaign.
    """
    with transaction() as session:
        campaign_id = _find(session, slug)
        said = {"reason": write_line(reason)[:LONGEST_REASON], "for_service": for_service}
        made = session.scalar(
            insert_into(session, Pause)
            .values(campaign_id=campaign_id, started_at=utcnow(), **said)
            .on_conflict_do_nothing()
            .returning(Pause.id)
        )
        if made is None and for_service:
            made = session.scalar(
                update(Pause)
                .where(_is_in_force(campaign_id), ~_IS_OF_SERVICE)
                .values(**said)
                .returning(Pause.id)
            )
        if made is not None:
            record(session, "letters.paused", "pause", made, actor=actor, detail=_describe(slug))
        return made is not None


def resume(slug: str | None, *, actor: str, why: str = "", for_service: bool = True) -> bool:
    """Resume the letters of a campaign, or of all with None; return False without such a pause.

    - ``why``: what a person gave as the reason, for the event. ``for_service``: whether the actor's
      role is for the whole service.
    - A campaign stays paused while all are. Raises NotFound for an unknown campaign, PauseOfService
      without such a role for a pause that was set with one.
    """
    with transaction() as session:
        mine = _is_in_force(_find(session, slug))
        may_end = true() if for_service else ~_IS_OF_SERVICE
        ended = session.scalar(
            update(Pause).where(mine, may_end).values(ended_at=utcnow()).returning(Pause.id)
        )
        if ended is None and session.scalar(select(Pause.id).where(mine)) is not None:
            raise PauseOfService
        if ended is not None:
            detail = _describe(slug) | ({"why": why} if why else {})
            record(session, "letters.resumed", "pause", ended, actor=actor, detail=detail)
        return ended is not None


def _holds(campaign_id: InstrumentedAttribute[int] | int) -> ColumnElement[bool]:
    mine = or_(Pause.campaign_id.is_(None), Pause.campaign_id == campaign_id)
    return Pause.ended_at.is_(None) & mine


def _is_in_force(campaign_id: int | None) -> ColumnElement[bool]:
    mine = Pause.campaign_id.is_(None) if campaign_id is None else Pause.campaign_id == campaign_id
    return and_(mine, Pause.ended_at.is_(None))


def _find(session: Session, slug: str | None) -> int | None:
    return find_campaign_id(session, slug) if slug is not None else None


def _describe(slug: str | None) -> dict[str, str | None]:
    return {"campaign": slug}
