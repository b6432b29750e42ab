"""How many have signed around a base, whoever they allow: one number a day, the same for everyone.

- Only what the public pages tell of an area is taken (AreaCount, ``is_told``), each campaign's
  rounded down to tens.
- It is taken once a day (UTC). Two days differ by tens of an area some 40 km across, whoever asks,
  from where, and by what filter.
"""

from datetime import date

import h3
from sqlalchemy import delete, func, select

from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.core.extensions import db, transaction
from petition.models import AreaCount, NearCount
from petition.models.counts.near_count import WHOLE
from petition.models.counts.tally import CELL_RESOLUTION, find_area
from petition.partners.lookups.origins import NearOrigin


def renew_near_counts() -> int:
    """Take today's numbers unless they were taken; return how many areas have one."""
    today = utcnow().date()
    if _find_day() == today:
        return 0
    with transaction() as session:
        tens = func.sum(AreaCount.people - AreaCount.people % 10)
        told = session.execute(
            select(AreaCount.area, tens).where(AreaCount.is_told).group_by(AreaCount.area)
        ).all()
        session.execute(delete(NearCount))
        rows = [{"area": WHOLE, "people": 0, "day": today}]
        rows += [{"area": area, "people": int(people), "day": today} for area, people in told]
        # Of two processes at once on PostgreSQL, what the first has taken stays.
        session.execute(insert_into(session, NearCount).on_conflict_do_nothing(), rows)
        return len(told)


def find_near_count(origin: NearOrigin) -> tuple[int, date] | None:
    """Return how many signatures the area of a base has, and as of which day; None if not told."""
    cell = h3.latlng_to_cell(origin.latitude, origin.longitude, CELL_RESOLUTION)
    found = db.session.get(NearCount, find_area(str(cell)))
    return None if found is None else (found.people, found.day)


_DAY = select(NearCount.day).where(NearCount.area == WHOLE)


def _find_day() -> date | None:
    day = db.session.scalar(_DAY)
    db.session.rollback()
    return day
