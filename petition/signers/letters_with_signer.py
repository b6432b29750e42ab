"""The letters that carry a signature: whether one is sealed, and a lock against sending them."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from petition.models import LedgerEntry, Milestone, Signature, Tally
from petition.models.counts.tally import CARRIED


def is_named(session: Session, signature_id: int) -> bool:
    """Return whether a letter that was tried names it: its milestone is sealed."""
    sealed = exists().where(LedgerEntry.of(signature_id), CARRIED, Milestone.sealed_at.is_not(None))
    return bool(session.scalar(select(sealed)))


def hold_letters(session: Session, signature: Signature) -> None:
    """Prevent letters that carry it from being stored or sent before the commit.

    - Locks the tallies that rendering and sending a letter lock as well. The signature's row must
      be locked before them, as in counting, which prevents deadlocks.
    """
    districts = session.scalars(
        select(LedgerEntry.district_id).where(
            LedgerEntry.signature_id == signature.id, LedgerEntry.left_at.is_(None)
        )
    ).all()
    session.execute(
        select(Tally.live)
        .where(Tally.campaign_id == signature.campaign_id, Tally.district_id.in_(districts))
        .order_by(Tally.district_id)
        .with_for_update()
    )
