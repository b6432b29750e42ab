"""Take signatures that were located again out of the districts in which they no longer lie."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select, union, update
from sqlalchemy.orm import Session, aliased

from petition.core.database import insert_into
from petition.counting.departures import lock_tallies, take_out
from petition.models import (
    District,
    LedgerEntry,
    Milestone,
    Placement,
    Signature,
    SignatureState,
    Tally,
)
from petition.models.counts.tally import CARRIED
from petition.transitions.signature_changes import change_signatures


def take_out_moved(
    session: Session, campaign_id: int, step: int, moved: set[int], now: datetime
) -> tuple[list[int], set[int]]:
    """Take movers out of their old districts; return milestones now due, and ids not counted yet.

    - Runs in the caller's transaction, which has claimed them.
    - Movers whom a letter of the old district has named since they were located are located again.
    """
    if not moved:
        return [], set()
    placed = select(Placement.district_id).where(Placement.signature_id.in_(moved))
    counted = select(LedgerEntry.district_id).where(
        LedgerEntry.signature_id.in_(moved), LedgerEntry.left_at.is_(None)
    )
    # The old and the new districts are locked in one statement, to keep the order of locks; a tally
    # that does not exist yet would be locked out of order.
    empty = {"campaign_id": campaign_id, "step": step, "live": 0, "joined": 0}
    for district_id in session.scalars(placed.distinct().order_by(Placement.district_id)).all():
        row = empty | {"district_id": district_id, "updated_at": now}
        session.execute(insert_into(session, Tally).values(row).on_conflict_do_nothing())
    lock_tallies(session, campaign_id, union(placed, counted))
    stays = exists().where(
        Placement.signature_id == LedgerEntry.signature_id,
        Placement.layer == LedgerEntry.layer,
        Placement.district_id == LedgerEntry.district_id,
    )
    back = _send_back(session, moved, now)
    leave = LedgerEntry.signature_id.in_(moved - back) & ~stays
    return take_out(session, campaign_id, leave, now), back


def _send_back(session: Session, moved: set[int], now: datetime) -> set[int]:
    """Queue movers to be located again whom a letter of a division they leave has named meanwhile.

    - The tallies are locked, so no letter is sent between this query and the commit.
    """
    there, here = aliased(District), aliased(District)
    anew = aliased(Placement)
    stays = exists().where(
        anew.signature_id == LedgerEntry.signature_id,
        anew.district_id == here.id,
        here.division_id == there.division_id,
    )
    named = exists(
        select(LedgerEntry.signature_id)
        .join(Milestone, CARRIED & Milestone.sealed_at.is_not(None))
        .join(there, there.id == LedgerEntry.district_id)
        .join(
            Placement,
            (Placement.signature_id == LedgerEntry.signature_id)
            & (Placement.layer == LedgerEntry.layer),
        )
        .where(
            LedgerEntry.signature_id == Signature.id,
            LedgerEntry.left_at.is_(None),
            ~stays,
        )
    )
    back = change_signatures(
        session,
        SignatureState.CONFIRMED,
        (SignatureState.COUNTED,),
        Signature.id.in_(moved),
        Signature.moved,
        Signature.waits_until.is_(None),
        named,
        now=now,
    )
    return set(back)


def end_moves(session: Session, ids: Sequence[int]) -> None:
    """Clear the move columns of signatures that were counted where they live now."""
    if ids:
        session.execute(
            update(Signature)
            .where(Signature.id.in_(ids))
            .values(relocated=False, moved=False, waits_until=None)
        )
