"""Find the signatures whose county was decided by a point, and compare it with their ZIP code.

A point: the center of a ZIP, of a town or of a long street, which earlier versions used.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from petition.boundaries.active_sets import get_boundaries
from petition.boundaries.postal_areas import read_areas
from petition.core.extensions import db
from petition.geocoding.geocoder import EXACT
from petition.locating.district_matching import read_address
from petition.locating.outcomes import FoundBy
from petition.locating.zip_decision import decide_by_postal_code, list_postal_codes
from petition.models import (
    Layer,
    LedgerEntry,
    Milestone,
    Person,
    Placement,
    Signature,
    SignatureState,
)
from petition.models.counts.tally import CARRIED
from petition.postal.zip_places import clean_postal_code, list_states

BATCH = 500
BY_POINT = (FoundBy.POLYGON, FoundBy.POSTAL_COUNTY)
PLACED = (SignatureState.COUNTED, SignatureState.LOCATED)


@dataclass(frozen=True, slots=True)
class Recheck:
    """The result of a recheck, in signatures.

    - ``told``: the ZIP gives the same county. ``again``: they are located again. ``sealed``: they
      would be, but a sent letter names them.
    """

    told: int = 0
    again: int = 0
    sealed: int = 0

    def __add__(self, other: "Recheck") -> "Recheck":
        """Return the sum of both."""
        return Recheck(self.told + other.told, self.again + other.again, self.sealed + other.sealed)


@dataclass(frozen=True, slots=True)
class PointPlacement:
    """A signature whose county a point may have decided; ``named``: by a sent letter."""

    id: int
    person: Person
    district_id: int
    named: bool


@dataclass(slots=True)
class Judged:
    """The ids of a batch by what is to be done, as Recheck counts them."""

    told: dict[FoundBy, list[int]]
    again: list[int]
    sealed: int = 0

    def count(self) -> Recheck:
        """Return how many they are."""
        return Recheck(sum(map(len, self.told.values())), len(self.again), self.sealed)


def count_by_point(seconds: float) -> tuple[int, bool]:
    """Return how many signatures a recheck would locate again, and whether that is all.

    - ``seconds``: the time limit, after which it stops counting.
    - Only reads. Skips signatures that a recheck has confirmed.
    - Raises BoundariesUnavailable where there are any and no polygons are in force.
    """
    until = time.monotonic() + seconds
    again = 0
    for _, one in preview_batches():
        again += one.again
        if time.monotonic() > until:
            return again, False
    return again, True


def count_placed() -> int:
    """Return how many signatures there are to check."""
    with Session(db.engine) as session:
        return session.scalar(_select_placed(func.count())) or 0


def preview_batches() -> Iterator[tuple[int, Recheck]]:
    """Yield for each batch its size and the result that a recheck would have."""
    last = 0
    while True:
        with Session(db.engine) as session:
            rows = read_batch(session, last)
            if not rows:
                return
            found = judge(session, rows)
        last = rows[-1].id
        yield len(rows), found.count()


def read_batch(session: Session, after: int) -> list[PointPlacement]:
    """Return the next batch by id; empty after the last."""
    rows = session.execute(
        _select_placed(
            Signature.id, Signature.person, Placement.district_id, is_named().label("named")
        )
        .where(Placement.signature_id > after)
        .order_by(Placement.signature_id)
        .limit(BATCH)
    )
    return [PointPlacement(*cast(tuple[Any, ...], row)) for row in rows]


def judge(session: Session, rows: Sequence[PointPlacement]) -> Judged:
    """Return what is to be done with each; raises BoundariesUnavailable."""
    judged = Judged(defaultdict(list), [])
    boundaries = get_boundaries(session)
    counties = boundaries.layers.get(Layer.COUNTY)
    if counties is None:
        return judged
    rows = [row for row in rows if row.person.is_readable]
    addresses = [read_address(row.person) for row in rows]
    codes = list_postal_codes(addresses, [[Layer.COUNTY]] * len(addresses), boundaries)
    areas = read_areas(session, codes)
    for row, address in zip(rows, addresses, strict=True):
        code = clean_postal_code(address.postal_code) or ""
        states = (address.region,) if address.region else list_states(code)
        found = decide_by_postal_code(Layer.COUNTY, code, states, counties, areas).found
        if found is not None and found.district_id == row.district_id:
            judged.told[found.found_by].append(row.id)
        elif row.named:
            judged.sealed += 1
        else:
            judged.again.append(row.id)
    return judged


def _select_placed(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Return the query for placements that a point may have decided, small table first."""
    inexact = Signature.precision.not_in([str(each) for each in EXACT])
    return (
        select(*columns)
        .select_from(Placement)
        .join(Signature, Signature.id == Placement.signature_id)
        .where(
            Placement.layer == Layer.COUNTY,
            Placement.found_by.in_(BY_POINT),
            Signature.state.in_(PLACED),
            or_(Signature.precision.is_(None), inexact),
        )
    )


def is_named() -> ColumnElement[bool]:
    """Return whether a sent letter names a signature where it is counted."""
    return exists(
        select(LedgerEntry.signature_id)
        .join(Milestone, CARRIED & Milestone.sealed_at.is_not(None))
        .where(LedgerEntry.signature_id == Signature.id, LedgerEntry.left_at.is_(None))
    )
