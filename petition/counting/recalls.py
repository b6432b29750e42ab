"""Call back those who are counted in a district that is no longer in force.

They become confirmed once more, so that they are located and counted by the one way that everybody
goes. Until they are counted anew they stay in the count where they were: nobody is lost meanwhile.
"""

from sqlalchemy import Select, func, select, update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Campaign, District, LedgerEntry, Signature, SignatureState, Tally

BATCH = 5_000


def recall_batch(limit: int = BATCH) -> int:
    """Have up to ``limit`` counted signatures located anew; return how many."""
    if db.session.scalar(_left_behind().limit(1)) is None:
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
                Tally.district_id.in_(_left_behind()),
                LedgerEntry.left_at.is_(None),
                Signature.state == SignatureState.COUNTED,
            )
            .limit(limit)
        )
        recalled = session.scalars(
            update(Signature)
            .where(Signature.id.in_(chosen), Signature.state == SignatureState.COUNTED)
            # Another try, so that no worker of an earlier one can still write.
            .values(
                state=SignatureState.CONFIRMED,
                relocated=True,
                due_at=now,
                tries=Signature.tries + 1,
            )
            .returning(Signature.id)
            .execution_options(synchronize_session=False)
        ).all()
    return len(recalled)


def count_left_behind() -> int:
    """Return how many are still counted in districts that are no longer in force."""
    left = select(func.sum(Tally.live)).where(Tally.district_id.in_(_left_behind()))
    return db.session.scalar(left) or 0


def _left_behind() -> Select[int]:
    """The districts that are no longer in force and still count people who may be moved."""
    return (
        select(Tally.district_id)
        .join(District, District.id == Tally.district_id)
        .join(Campaign, Campaign.id == Tally.campaign_id)
        .where(~District.in_force, Tally.live > 0, Campaign.people_erased_at.is_(None))
    )
