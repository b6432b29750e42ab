"""Recall signatures that are counted in a district that is no longer in force.

They become confirmed again, so that they are located and counted as every signature is. Until they
are counted again they stay in the old count, so that no count drops meanwhile.
"""

from sqlalchemy import Select, func, select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Campaign, District, LedgerEntry, Signature, SignatureState, Tally
from petition.transitions.signature_changes import change_signatures

BATCH = 5_000


def recall_batch(limit: int = BATCH) -> int:
    """Queue up to ``limit`` counted signatures to be located again; return how many."""
    if db.session.scalar(_select_stale_districts().limit(1)) is None:
        return 0
    now = utcnow()
    with transaction() as session:
        chosen = (
            select(LedgerEntry.signature_id)
            .join(
                Tally,
                (Tally.campaign_id == LedgerEntry.campaign_id)
                & (Tally.district_id == LedgerEntry.district_id),
            )
            .join(Signature, Signature.id == LedgerEntry.signature_id)
            .where(
                Tally.district_id.in_(_select_stale_districts()),
                LedgerEntry.left_at.is_(None),
                Signature.state == SignatureState.COUNTED,
            )
            .limit(limit)
        )
        recalled = change_signatures(
            session,
            SignatureState.CONFIRMED,
            (SignatureState.COUNTED,),
            Signature.id.in_(chosen),
            now=now,
        )
    return len(recalled)


def count_left_behind() -> int:
    """Return how many are still counted in districts that are no longer in force."""
    left = select(func.sum(Tally.live)).where(Tally.district_id.in_(_select_stale_districts()))
    return db.session.scalar(left) or 0


def _select_stale_districts() -> Select[int]:
    """Select the districts out of force that still count signatures which may be moved."""
    return (
        select(Tally.district_id)
        .join(District, District.id == Tally.district_id)
        .join(Campaign, Campaign.id == Tally.campaign_id)
        .where(~District.in_force, Tally.live > 0, Campaign.people_erased_at.is_(None))
    )
