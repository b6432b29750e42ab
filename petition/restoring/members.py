"""Who was named in a letter that went since the backup: the same people are named by it again."""

from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from petition.marks import make_mark
from petition.models import LedgerEntry, Milestone, MilestoneState, Signature


def carry_members(session: Session, milestone: Milestone, marks: Iterable[str]) -> int:
    """Give a hundred those who were named, and nobody else; return how many are not counted here.

    - Who waits for it in this backup and was not named waits for the next.
    - It is cleared with them: its letter has gone, whatever would be found in it now.
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
    milestone.state = MilestoneState.CLEARED
    session.flush()
    return len(named) - len(found)


def _list_waiting(session: Session, milestone: Milestone) -> list[tuple[int, str, bool]]:
    """Return those of the district whom no other letter names: ordinal, mark, whether it does."""
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
            .execution_options(synchronize_session=False)
        )
