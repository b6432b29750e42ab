"""Take signatures that ended or moved out of the tallies, and out of every letter not yet sent.

A withdrawal lowers the live count and never re-arms a milestone. The members of unsealed letters
move up, so that each letter still names exactly the people it counts; letters already rendered for
them are superseded and rendered again.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    bindparam,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.columns import UtcDateTime
from petition.core.database import hold_boundaries, take_counting
from petition.core.extensions import db, transaction
from petition.counting.batch_result import BatchResult
from petition.counting.brake import reopen
from petition.counting.milestones import fill_milestones
from petition.counting.number_lists import (
    name_pairs,
    name_rows,
    pack,
    pack_pairs,
    plan_by_index,
)
from petition.models import LedgerEntry, Signature, SignatureState, Tally
from petition.models.states import ENDED
from petition.transitions.delivery_changes import queue_rendered

BATCH = 500
# Located signatures that fall back to review are not counted until they are placed again.
OUT = (*ENDED, SignatureState.REVIEW)


def take_out_batch(campaign_id: int, limit: int = BATCH) -> BatchResult:
    """Take up to ``limit`` signatures that ended, or that are in review now, out of the counts.

    - Safe to run concurrently, and again after a crash; takes out none while another process
      counts the campaign (see ``count_batch`` of ledger.py).
    """
    now = utcnow()
    with transaction() as session:
        hold_boundaries(session)
        due = _select_due(campaign_id, now)
        if session.scalar(due.limit(1)) is None or not take_counting(session, campaign_id):
            return BatchResult(0, [], full=False)
        plan_by_index(session)
        ids = _claim(session, campaign_id, limit, now)
        if not ids:
            return BatchResult(0, [], full=False)
        reached = take_out(session, campaign_id, LedgerEntry.signature_id.in_(ids), now)
    return BatchResult(len(ids), reached, full=len(ids) >= limit)


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


def _select_due(campaign_id: int, now: datetime) -> Select[int]:
    return select(Signature.id).where(
        Signature.campaign_id == campaign_id, Signature.state.in_(OUT), Signature.due_at <= now
    )


def _claim(session: Session, campaign_id: int, limit: int, now: datetime) -> list[int]:
    due = (
        _select_due(campaign_id, now)
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
    unsealed = _find_unsealed(session, campaign_id, districts)
    if not unsealed:
        return []
    session.connection().execute(
        text(_RELEASE_CARRIED),
        [
            {"campaign": campaign_id, "district": row.district_id, "number": row.number}
            for row in unsealed
        ],
    )
    scope = {"milestones": pack(session, [row.id for row in unsealed])}
    these = name_rows(session, ":milestones")
    superseding = text(_SUPERSEDE.format(milestones=these))
    session.execute(
        superseding.bindparams(bindparam("now", type_=UtcDateTime())), scope | {"now": now}
    )
    of_these = text(_OF_MILESTONES.format(milestones=these)).bindparams(**scope)
    return queue_rendered(session, now, of_these)


def _find_unsealed(
    session: Session, campaign_id: int, districts: Sequence[int]
) -> Sequence[Row[Any]]:
    """Return the milestones above the last sealed one, whose members may still move up."""
    sealed = session.execute(
        text(_LAST_SEALED.format(districts=name_rows(session, ":districts"))),
        {"campaign": campaign_id, "districts": pack(session, districts)},
    )
    above = pack_pairs([(row.id, row.number) for row in sealed])
    return session.execute(
        text(_UNSEALED.format(districts=name_pairs(session, ":districts"))),
        {"campaign": campaign_id, "districts": above},
    ).all()


# Both read what is unsealed, and of what was sealed the last one (ix_milestones_unsealed).
_LAST_SEALED = """
    SELECT d.id, coalesce((
           SELECT s.number FROM milestones s
            WHERE s.campaign_id = :campaign AND s.district_id = d.id AND s.sealed_at IS NOT NULL
            ORDER BY s.number DESC LIMIT 1), 0) AS number
      FROM {districts} AS d
"""
_UNSEALED = """
    SELECT m.id, m.district_id, m.number FROM {districts} AS d CROSS JOIN milestones m
     WHERE m.campaign_id = :campaign AND m.district_id = d.id AND m.sealed_at IS NULL
       AND m.number > d.number
     ORDER BY m.district_id, m.number
"""
_RELEASE_CARRIED = """
    UPDATE ledger SET carried_by = NULL
     WHERE campaign_id = :campaign AND district_id = :district AND carried_by = :number
"""
_SUPERSEDE = """
    UPDATE letters SET superseded_at = :now
     WHERE superseded_at IS NULL AND milestone_id IN (SELECT u.id FROM {milestones} AS u)
"""
_OF_MILESTONES = "deliveries.milestone_id IN (SELECT u.id FROM {milestones} AS u)"
