"""Give a hundred the same members that its letter named, if it was sent after the backup."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from petition.core.extensions import db
from petition.journals.marks import make_mark
from petition.models import District, LedgerEntry, Milestone, MilestoneState, Signature, Tally

BATCH = 5_000


def find_signatures(marks: Collection[str]) -> dict[str, int]:
    """Return the signature ids by mark; one pass over all signatures."""
    if not marks:
        return {}
    rows = db.session.execute(
        select(Signature.id, Signature.email_digest, Signature.created_at)
        .where(Signature.email_digest.is_not(None))
        .execution_options(yield_per=BATCH)
    )
    found = ((make_mark(row.id, row.email_digest, row.created_at), row.id) for row in rows)
    named = {mark: signature_id for mark, signature_id in found if mark in marks}
    db.session.rollback()
    return named


def carry_members(
    session: Session,
    milestone: Milestone,
    marks: Iterable[str],
    signatures: Mapping[str, int],
    at: datetime,
) -> int:
    """Make the named signatures, and no others, members of a hundred; return how many are missing.

    - ``signatures``: the ids of the existing ones by mark. A signature that was named, ``at`` that
      time, and is not counted in this backup gets a ledger row that has left: when it is counted
      again it still belongs to this hundred, and no other letter of the division names it.
    - A signature assigned to this hundred in the backup that was not named waits for the next one.
    - The hundred is cleared: its letter was sent, whatever a check would find now.
    """
    named = set(marks)
    waiting = _list_waiting(session, milestone)
    found = {ordinal for ordinal, mark, _ in waiting if mark in named}
    if milestone.state != MilestoneState.REACHED:
        milestone.state = MilestoneState.REACHED
        session.flush()
    ordinals = {ordinal for ordinal, _, carried in waiting if carried}
    _carry(session, milestone, ordinals - found, None)
    _carry(session, milestone, found - ordinals, milestone.number)
    known = {mark for _, mark, _ in waiting}
    absent = sorted(signatures[mark] for mark in named - known if mark in signatures)
    _add_left(session, milestone, absent, at)
    milestone.state = MilestoneState.CLEARED
    session.flush()
    return len(named) - len(found) - len(absent)


def _list_waiting(session: Session, milestone: Milestone) -> list[tuple[int, str, bool]]:
    """Return (ordinal, mark, assigned here) of the district's rows that no other letter names."""
    rows = session.execute(
        select(
            LedgerEntry.ordinal,
            LedgerEntry.carried_by,
            Signature.id,
            Signature.email_digest,
            Signature.created_at,
        )
        .join(Signature, Signature.id == LedgerEntry.signature_id)
        .where(
            LedgerEntry.campaign_id == milestone.campaign_id,
            LedgerEntry.district_id == milestone.district_id,
            LedgerEntry.left_at.is_(None),
            LedgerEntry.carried_by.is_(None) | (LedgerEntry.carried_by == milestone.number),
        )
    )
    return [
        (
            row.ordinal,
            make_mark(row.id, row.email_digest, row.created_at),
            row.carried_by is not None,
        )
        for row in rows
    ]


def _add_left(
    session: Session, milestone: Milestone, signature_ids: Iterable[int], at: datetime
) -> None:
    """Add ledger rows for signatures that were counted and named, and have left the count."""
    counted = exists().where(
        LedgerEntry.signature_id == Signature.id,
        LedgerEntry.district_id == milestone.district_id,
        LedgerEntry.left_at.is_(None),
    )
    uncounted = session.scalars(
        select(Signature.id)
        .where(
            Signature.id.in_(signature_ids),
            Signature.campaign_id == milestone.campaign_id,
            ~counted,
        )
        .order_by(Signature.id)
    ).all()
    if not uncounted:
        return
    tally = session.get_one(Tally, (milestone.campaign_id, milestone.district_id))
    layer = session.get_one(District, milestone.district_id).layer
    session.add_all(
        LedgerEntry(
            campaign_id=milestone.campaign_id,
            district_id=milestone.district_id,
            ordinal=ordinal,
            signature_id=signature_id,
            layer=layer,
            carried_by=milestone.number,
            joined_at=milestone.reached_at,
            left_at=at,
        )
        for ordinal, signature_id in enumerate(uncounted, start=tally.joined + 1)
    )
    tally.joined += len(uncounted)
    session.flush()


def _carry(
    session: Session, milestone: Milestone, ordinals: Iterable[int], number: int | None
) -> None:
    for ordinal in sorted(ordinals):
        session.execute(
            update(LedgerEntry)
            .where(
                LedgerEntry.campaign_id == milestone.campaign_id,
                LedgerEntry.district_id == milestone.district_id,
                LedgerEntry.ordinal == ordinal,
            )
            .values(carried_by=number)
        )
