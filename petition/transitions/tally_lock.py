"""The lock that counting, letters and deliveries of one district take turns by: its tally's row."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.models import Tally


def lock_tally(session: Session, campaign_id: int, district_id: int) -> int:
    """Return the live count of a district, and hold it still until the commit.

    - Counting and withdrawing take the same row first, so nobody leaves between a look and a send.
    - A milestone has a tally (its foreign key), so there is always a row for one.
    """
    live = select(Tally.live).where(
        Tally.campaign_id == campaign_id, Tally.district_id == district_id
    )
    return session.scalars(live.with_for_update()).one()
