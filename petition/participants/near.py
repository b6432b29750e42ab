"""Signers near a place: a rounded count, and some of those who chose to be shown.

It must not reveal where anyone lives (docs/decisions/privacy.md):

- The place is an area some 40 km across, one of a fixed partition.
- Below a secret threshold, and while the signers came from few networks, nothing is disclosed
  (petition/counting/disclosure_level.py); above it the count is rounded down to tens.
- Both are as of the last full count, about an hour old at most: no single signing is visible.
- Names are those of signers who chose to be shown, in alphabetical order, without distance; at most
  as many as the campaign shows.
"""

from dataclasses import dataclass
from datetime import datetime

import h3
from sqlalchemy import select

from petition.core.extensions import db
from petition.models import AreaCount, Signature
from petition.models.counts.tally import CELL_RESOLUTION, find_area
from petition.models.signatures.person import skip_broken
from petition.participants.recent import SHOWN, Participant, abbreviate

NAMED = 12


@dataclass(frozen=True, slots=True)
class Neighbors:
    """The disclosed data of an area; ``people`` is None where not disclosed or not counted yet."""

    people: int | None
    participants: list[Participant]
    at: datetime | None


def find_neighbors(campaign_id: int, latitude: float, longitude: float, limit: int) -> Neighbors:
    """Return what may be disclosed about the area of a point.

    - ``limit``: the most names that the campaign shows (``recent_shown``); 0: none.
    """
    # From the finer cell, as in counting: at an edge the cell of the point may have another parent.
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
    # The cells of an area are one range of strings, since an H3 index starts with its parent's
    # digits.
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
        # Latest first would reveal who has just signed; the order of digests has no meaning.
        .order_by(Signature.email_digest)
        .limit(limit)
    )
    found = [abbreviate(person) for person in map(skip_broken, people) if person is not None]
    return sorted(found, key=lambda one: (one.name, one.locality))
