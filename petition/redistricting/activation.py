"""Put a boundary set in force: its districts, inherited milestones, and signatures to relocate."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from petition.audit.trail import Detail, record
from petition.boundaries.boundary_problems import BoundaryProblem
from petition.boundaries.boundary_sets import activate_set
from petition.boundaries.postal_areas import index_postal_codes
from petition.core.clock import utcnow
from petition.core.database import hold_boundaries
from petition.core.errors import NotFound, OperatorError, Retryable
from petition.core.extensions import db, transaction
from petition.core.logs import get_logger
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.counting.inherited_milestones import close_districts, open_districts
from petition.models import (
    BoundarySet,
    BoundaryState,
    Campaign,
    Placement,
    Signature,
    SignatureState,
)
from petition.models.campaigns.layers import list_counted_layers
from petition.models.signatures.signature import UNCOUNTED
from petition.transitions.signature_changes import change_signatures

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Activation:
    """The result of an activation.

    - ``on``: the day from which the set is in force; a future day means that it is approved for it.
    - ``districts``: came into force; ``closed``: went out of force; ``held``: letters of the closed
      ones that are held for good; ``inherited``: milestones that are not sent again; ``again``:
      signatures not yet counted that are located again. All are 0 where nothing changed.
    """

    boundary_set_id: int
    on: date
    in_force: bool
    districts: int = 0
    closed: int = 0
    held: int = 0
    inherited: int = 0
    again: int = 0


def activate(set_id: int, on: date | None = None, *, actor: str = "cli") -> Activation:
    """Put a boundary set in force today, or approve it for its day.

    - ``on``: None takes the date it was imported with, or today.
    - A second call changes nothing. A retired set may be put back.
    - Raises NotFound, or OperatorError where another set is approved for that day.
    """
    now = utcnow()
    today = now.date()
    with transaction() as session:
        hold_boundaries(session, change=True)
        stored = session.get(BoundarySet, set_id, with_for_update=True)
        if stored is None:
            raise NotFound(BoundaryProblem.SET_NOT_FOUND, set_id=set_id)
        planned = stored.in_force_from if stored.state == BoundaryState.LOADED else None
        day = on or planned or today
        if stored.state == BoundaryState.ACTIVE:
            return Activation(set_id, stored.in_force_from or today, in_force=True)
        if day > today:
            return _approve(session, stored, day, now, actor)
        return _put_in_force(session, stored, today, now, actor)


def activate_due() -> int:
    """Put those approved sets in force whose day has come; return how many."""
    today = utcnow().date()
    due = db.session.scalars(
        select(BoundarySet.id)
        .where(
            BoundarySet.state == BoundaryState.LOADED,
            BoundarySet.approved_at.is_not(None),
            BoundarySet.in_force_from <= today,
        )
        .order_by(BoundarySet.in_force_from, BoundarySet.id)
    ).all()
    return sum(_activate_due(set_id, today) for set_id in due)


def _activate_due(set_id: int, today: date) -> bool:
    try:
        return activate(set_id, today, actor="system").in_force
    except Retryable as error:
        log.warning("boundaries.put_off", set=set_id, error=error.code)
    except Exception as error:  # one set that fails must not delay the others
        log.error("boundaries.not_activated", set=set_id, error=type(error).__name__)
    return False


def _approve(
    session: Session, stored: BoundarySet, day: date, now: datetime, actor: str
) -> Activation:
    if stored.state != BoundaryState.LOADED:
        raise OperatorError(
            f"boundary set {stored.id} was in force before; put it back in force on the day itself"
        )
    other = session.scalar(
        select(BoundarySet.id).where(
            BoundarySet.layer == stored.layer,
            BoundarySet.scope == stored.scope,
            BoundarySet.state == BoundaryState.LOADED,
            BoundarySet.approved_at.is_not(None),
            BoundarySet.in_force_from == day,
            BoundarySet.id != stored.id,
        )
    )
    if other is not None:
        raise OperatorError(
            f"boundary set {other} is already approved for {day}; choose another day for one of "
            "them"
        )
    stored.in_force_from = day
    stored.approved_at = now
    detail: Detail = {"layer": stored.layer, "scope": stored.scope, "on": day.isoformat()}
    record(session, "boundaries.approved", "boundary_set", stored.id, actor=actor, detail=detail)
    return Activation(stored.id, day, in_force=False)


def _put_in_force(
    session: Session, stored: BoundarySet, today: date, now: datetime, actor: str
) -> Activation:
    if stored.state == BoundaryState.RETIRED:  # ZIP areas may have been loaded since
        index_postal_codes(session, stored.id)
    change = activate_set(session, stored, today, actor=actor)
    held = close_districts(session, change.out, now)
    inherited = open_districts(session, change.into, now)
    again = _locate_again(session, stored.layer, change.out, now)
    return Activation(
        stored.id,
        today,
        in_force=True,
        districts=len(change.into),
        closed=len(change.out),
        held=held,
        inherited=inherited,
        again=again,
    )


def _locate_again(session: Session, layer: str, out: tuple[int, ...], now: datetime) -> int:
    """Queue signatures that are not counted yet and may be affected to be located again.

    - Located in a district that is out of force, or in review in a campaign that counts by the
      layer.
    """
    campaigns = [
        campaign_id
        for campaign_id, layers in session.execute(select(Campaign.id, Campaign.layers))
        if layer in list_counted_layers(layers)
    ]
    misplaced = exists().where(
        Placement.signature_id == Signature.id, Placement.district_id.in_(out)
    )
    changed = change_signatures(
        session,
        SignatureState.CONFIRMED,
        (SignatureState.LOCATED, SignatureState.REVIEW),
        Signature.campaign_id.in_(campaigns),
        UNCOUNTED,
        (Signature.state == SignatureState.REVIEW) | misplaced,
        now=now,
    )
    # Also where none changed: the stage goes on with those that were counted in a closed district.
    wake_after_commit(session, Stage.LOCATE)
    return len(changed)
