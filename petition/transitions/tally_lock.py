"""The lock that serializes counting, letters and deliveries of one district: its tally's row."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.models import Tally


def lock_tally(session: Session, campaign_id: int, district_id: int) -> int:
    """Return the live count of a district, and lock its row until the commit.

    - Counting and withdrawing lock the same row first, so that no signature leaves the count
      between a check and the sending.
    - A milestone has a foreign key to its tally, so the row exists for every milestone.
    """
    live = select(Tally.live).where(
        Tally.campaign_id == campaign_id, Tally.district_id == district_id
    )
    return session.scalars(live.with_for_update()).one()
