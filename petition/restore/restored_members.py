"""Who was named in a letter that went since the backup: the same people are named by it again."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from petition.core.extensions import db
from petition.journals.marks import make_mark
from petition.models import District, LedgerEntry, Milestone, MilestoneState, Signature, Tally

BATCH = 5_000


def find_signatures(marks: Collection[str]) -> dict[str, int]:
    """Return the ids of the signatures that have these marks; one pass over all that there are."""
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
    """Give a hundred those who were named, and nobody else; return how many are not here.

    - ``signatures``: the ids of those who are, by their marks. Who was named, ``at`` that moment,
      and is not counted yet is taken for one who was and has left: counted again, they are of this
      hundred still, and no other letter of the division names them.
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
    known = {mark for _, mark, _ in waiting}
    absent = sorted(signatures[mark] for mark in named - known if mark in signatures)
    _add_left(session, milestone, absent, at)
    milestone.state = MilestoneState.CLEARED
    session.flush()
    return len(named) - len(found) - len(absent)


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


def _add_left(
    session: Session, milestone: Milestone, signature_ids: Iterable[int], at: datetime
) -> None:
    """Write that these were counted in the district, were named, and have left its count."""
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
            .execution_options(synchronize_session=False)
        )
