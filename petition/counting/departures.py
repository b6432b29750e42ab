"""Take signatures that ended or moved out of the tallies, and out of every letter not yet sent.

A withdrawal lowers the live count and never re-arms a milestone. The members of unsealed letters
move up, so that each letter still names exactly the people it counts; letters already rendered for
them are superseded and rendered again.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, CompoundSelect, Select, select, update
from sqlalchemy.orm import Session

from petition.audit.trail import record_all
from petition.core.clock import utcnow
from petition.core.database import hold_boundaries
from petition.core.extensions import db, transaction
from petition.counting.batch_result import BatchResult
from petition.counting.brake import reopen
from petition.counting.milestones import fill_milestones, prepare
from petition.counting.number_lists import plan_by_index
from petition.models import LedgerEntry, Signature, SignatureState, Tally
from petition.models.states import ENDED

BATCH = 500
# Located signatures that fall back to review are not counted until they are placed again.
OUT = (*ENDED, SignatureState.REVIEW)


def take_out_batch(campaign_id: int, limit: int = BATCH) -> BatchResult:
    """Take up to ``limit`` signatures that ended, or that are in review now, out of the counts.

    - Safe to run concurrently, and again after a crash.
    """
    now = utcnow()
    with transaction() as session:
        hold_boundaries(session)
        plan_by_index(session)
        ids = _claim(session, campaign_id, limit, now)
        if not ids:
            return BatchResult(0, [], full=False)
        due = take_out(session, campaign_id, LedgerEntry.signature_id.in_(ids), now)
    return BatchResult(len(ids), due, full=len(ids) >= limit)


def take_out(
    session: Session, campaign_id: int, whom: ColumnElement[bool], now: datetime
) -> list[int]:
    """Take the live ledger rows that match ``whom`` out of the count; return milestones now due.

    - Runs in the caller's transaction. Letters that were not sent are made again without them.
    """
    rows = (whom, LedgerEntry.left_at.is_(None))
    districts = lock_tallies(session, campaign_id, select(LedgerEntry.district_id).where(*rows))
    if not districts:
        return []
    reopen(session, campaign_id, districts, now)
    left = session.execute(
        update(LedgerEntry).where(*rows).values(left_at=now).returning(LedgerEntry.district_id)
    )
    for district_id, loss in Counter(district_id for (district_id,) in left).items():
        session.execute(
            update(Tally)
            .where(Tally.campaign_id == campaign_id, Tally.district_id == district_id)
            .values(live=Tally.live - loss, updated_at=now)
        )
    due = _reopen_letters(session, campaign_id, districts, now)
    due += fill_milestones(session, campaign_id, districts, now)
    return sorted(set(due))


def lock_tallies(
    session: Session, campaign_id: int, districts: Select[int] | CompoundSelect[int]
) -> list[int]:
    """Lock the tallies of these districts in ascending order of district, as all callers do.

    - Returns the districts that have a tally, in that order.
    """
    return list(
        session.scalars(
            select(Tally.district_id)
            .where(Tally.campaign_id == campaign_id, Tally.district_id.in_(districts))
            .order_by(Tally.district_id)
            .with_for_update()
        )
    )


def find_campaigns_left(limit: int = 100) -> list[int]:
    """Return campaigns with signatures that are due to be taken out of a count."""
    return list(
        db.session.scalars(
            select(Signature.campaign_id)
            .where(Signature.state.in_(OUT), Signature.due_at <= utcnow())
            .distinct()
            .limit(limit)
        )
    )


def _claim(session: Session, campaign_id: int, limit: int, now: datetime) -> list[int]:
    due = (
        select(Signature.id)
        .where(
            Signature.campaign_id == campaign_id,
            Signature.state.in_(OUT),
            Signature.due_at <= now,
        )
        .order_by(Signature.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(
        session.scalars(
            update(Signature)
            .where(Signature.id.in_(due))
            .values(due_at=None, relocated=False)
            .returning(Signature.id)
        )
    )


def _reopen_letters(
    session: Session, campaign_id: int, districts: Sequence[int], now: datetime
) -> list[int]:
    scope = {"campaign": campaign_id, "districts": list(districts), "now": now}
    unsealed = _UNSEALED.format(column="id")
    members = _UNSEALED.format(column="district_id, m.number")
    session.execute(prepare(_RELEASE_CARRIED.format(unsealed=members)), scope)
    session.execute(prepare(_SUPERSEDE.format(unsealed=unsealed)), scope)
    requeued = session.execute(prepare(_REQUEUE.format(unsealed=unsealed)), scope).all()
    record_all(session, "delivery.queued", "delivery", {row.id: {} for row in requeued})
    return [row.milestone_id for row in requeued]


# Milestones above the last sealed one, whose members may still move up. That they are unsealed is
# said for ix_milestones_unsealed: what was sent is not read.
_UNSEALED = """
    SELECT m.{column} FROM milestones m
     WHERE m.campaign_id = :campaign AND m.district_id IN :districts AND m.sealed_at IS NULL
       AND m.number > coalesce((
        SELECT max(s.number) FROM milestones s
         WHERE s.campaign_id = m.campaign_id AND s.district_id = m.district_id
           AND s.sealed_at IS NOT NULL), 0)
"""
_RELEASE_CARRIED = """
    UPDATE ledger SET carried_by = NULL
     WHERE campaign_id = :campaign AND (district_id, carried_by) IN ({unsealed})
"""
_SUPERSEDE = """
    UPDATE letters SET superseded_at = :now
     WHERE superseded_at IS NULL AND milestone_id IN ({unsealed})
"""
_REQUEUE = """
    UPDATE deliveries SET state = 'queued', letter_id = NULL, due_at = :now
     WHERE state = 'rendered' AND milestone_id IN ({unsealed})
    RETURNING id, milestone_id
"""
