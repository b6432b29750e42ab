"""Who else has signed near a place: a rounded count, and some of those who chose to be shown.

It must not find anybody (docs/decisions/privacy.md):

- The place is an area some 40 km across, one of a fixed partition.
- Below a level that nobody knows, and while they came from few networks, nothing is told
  (petition/counting/disclosure_level.py); from there on the count is rounded down to tens.
- Both are as of the last full count, at most an hour or so old: nobody's signing can be seen in it.
- Names are of those who chose to be shown, in the order of the alphabet, with no distance; no more
  than the campaign names at all.
"""

from dataclasses import dataclass
from datetime import datetime

import h3
from sqlalchemy import select

from petition.core.extensions import db
from petition.models import AreaCount, Signature
from petition.models.person import skip_broken
from petition.models.tally import CELL_RESOLUTION, find_area
from petition.participants.recent import SHOWN, Participant, abbreviate

NAMED = 12


@dataclass(frozen=True, slots=True)
class Neighbors:
    """What is told of an area: ``people`` None where no number is, or before the first count."""

    people: int | None
    participants: list[Participant]
    at: datetime | None


def find_neighbors(campaign_id: int, latitude: float, longitude: float, limit: int) -> Neighbors:
    """Return what may be told of the area that a point lies in.

    - ``limit``: how many the campaign names at most (``recent_shown``); 0: nobody.
    """
    # By way of the finer cell, as the count goes: at an edge the two may differ.
    cell = h3.latlng_to_cell(latitude, longitude, CELL_RESOLUTION)
    area = find_area(str(cell))
    counted = db.session.get(AreaCount, (campaign_id, area))
    if counted is None or not counted.is_told:
        return Neighbors(None, [], counted.counted_at if counted else None)
    return Neighbors(
        people=counted.people // 10 * 10,
        participants=_list_shown(campaign_id, area, counted.counted_at, min(NAMED, limit)),
        at=counted.counted_at,
    )


def _list_shown(campaign_id: int, area: str, until: datetime, limit: int) -> list[Participant]:
    if limit <= 0:
        return []
    # The cells of an area are one range of names, since an index begins with its parent's digits.
    children = h3.cell_to_children(area, CELL_RESOLUTION)
    people = db.session.scalars(
        select(Signature.person)
        .where(
            Signature.campaign_id == campaign_id,
            Signature.show_name,
            Signature.cell.between(min(children), max(children)),
            Signature.state.in_(SHOWN),
            Signature.confirmed_at <= until,
            Signature.proved_at <= until,
        )
        # Latest first would tell who has just come; the digest has no order that means anything.
        .order_by(Signature.email_digest)
        .limit(limit)
    )
    found = [abbreviate(person) for person in map(skip_broken, people) if person is not None]
    return sorted(found, key=lambda one: (one.name, one.locality))
