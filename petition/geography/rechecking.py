"""Looks again at signatures whose county was told by the middle of a ZIP, a town or a long street.

- Where the ZIP tells the same county, only how it was found is written anew.
- Where it tells another or none, they are located once more: counted there, or in review until
  they have said where they live. Until then they stay in the count where they were.
- Whom a letter that has gone names stays where they are.
- Batch by batch; a second run changes nothing more.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, case, exists, or_, select, true, update
from sqlalchemy.orm import Session

from petition.clock import utcnow
from petition.database import hold_boundaries
from petition.extensions import transaction
from petition.geography.active import get_boundaries
from petition.geography.geocoders.protocol import EXACT
from petition.geography.outcomes import FoundBy
from petition.geography.placing import read_address
from petition.geography.postal import clean_postal_code, list_states
from petition.geography.postal_areas import read_areas
from petition.geography.postal_deciding import (
    decide_by_postal_code,
    list_postal_codes,
)
from petition.models import (
    Layer,
    LedgerEntry,
    Milestone,
    Person,
    Placement,
    Signature,
    SignatureState,
)
from petition.models.tally import CARRIED
from petition.trail import record_all

BATCH = 500
BY_POINT = (FoundBy.POLYGON, FoundBy.POSTAL_COUNTY)
PLACED = (SignatureState.COUNTED, SignatureState.LOCATED)


@dataclass(frozen=True, slots=True)
class Recheck:
    """How many signatures were looked at, and what came of them.

    - ``told``: the ZIP tells the county that they are in. ``again``: they are located once more.
      ``sealed``: they would be, but a letter that has gone names them.
    """

    told: int = 0
    again: int = 0
    sealed: int = 0

    def __add__(self, other: "Recheck") -> "Recheck":
        """Return both together."""
        return Recheck(self.told + other.told, self.again + other.again, self.sealed + other.sealed)


@dataclass(frozen=True, slots=True)
class _Placed:
    id: int
    person: Person
    district_id: int
    named: bool


def recheck_counties(*, dry_run: bool = False, actor: str = "cli") -> Recheck:
    """Look again at all signatures whose county a point told; see above.

    - ``dry_run``: only say what would come of it.
    - Raises BoundariesUnavailable while no polygons are in force.
    """
    found, last = Recheck(), 0
    while True:
        with transaction() as session:
            hold_boundaries(session)
            rows = _read_batch(session, last)
            if not rows:
                return found
            last = rows[-1].id
            found += _look_at(session, rows, dry_run, actor)


def _read_batch(session: Session, after: int) -> list[_Placed]:
    inexact = Signature.precision.not_in([str(each) for each in EXACT])
    rows = session.execute(
        select(Signature.id, Signature.person, Placement.district_id, _is_named().label("named"))
        .join(
            Placement, (Placement.signature_id == Signature.id) & (Placement.layer == Layer.COUNTY)
        )
        .where(
            Signature.id > after,
            Signature.state.in_(PLACED),
            or_(Signature.precision.is_(None), inexact),
            Placement.found_by.in_(BY_POINT),
        )
        .order_by(Signature.id)
        .limit(BATCH)
    )
    return [_Placed(*cast(tuple[Any, ...], row)) for row in rows]


def _is_named() -> ColumnElement[bool]:
    """Return whether a letter that has gone names a signature where it is counted."""
    return exists(
        select(LedgerEntry.signature_id)
        .join(Milestone, CARRIED & Milestone.sealed_at.is_not(None))
        .where(LedgerEntry.signature_id == Signature.id, LedgerEntry.left_at.is_(None))
    )


def _look_at(session: Session, rows: Sequence[_Placed], dry_run: bool, actor: str) -> Recheck:
    boundaries = get_boundaries(session)
    counties = boundaries.layers.get(Layer.COUNTY)
    if counties is None:
        return Recheck()
    rows = [row for row in rows if row.person.is_readable]
    addresses = [read_address(row.person) for row in rows]
    codes = list_postal_codes(addresses, [[Layer.COUNTY]] * len(addresses), boundaries)
    areas = read_areas(session, codes)
    told: dict[FoundBy, list[int]] = defaultdict(list)
    again = []
    for row, address in zip(rows, addresses, strict=True):
        code = clean_postal_code(address.postal_code) or ""
        states = (address.region,) if address.region else list_states(code)
        found = decide_by_postal_code(Layer.COUNTY, code, states, counties, areas).found
        if found is not None and found.district_id == row.district_id:
            told[found.found_by].append(row.id)
        elif not row.named:
            again.append(row.id)
    number = sum(map(len, told.values()))
    if not dry_run:
        for found_by, ids in told.items():
            _write_how(session, ids, found_by)
        _locate_again(session, again, actor)
    return Recheck(number, len(again), len(rows) - number - len(again))


def _write_how(session: Session, ids: Sequence[int], found_by: FoundBy) -> None:
    session.execute(
        update(Placement)
        .where(Placement.signature_id.in_(ids), Placement.layer == Layer.COUNTY)
        .values(found_by=found_by)
        .execution_options(synchronize_session=False)
    )


def _locate_again(session: Session, ids: Sequence[int], actor: str) -> None:
    called = session.scalars(
        update(Signature)
        .where(Signature.id.in_(ids), Signature.state.in_(PLACED), ~_is_named())
        .values(
            state=SignatureState.CONFIRMED,
            relocated=case(
                (Signature.state == SignatureState.COUNTED, true()), else_=Signature.relocated
            ),
            due_at=utcnow(),
            tries=Signature.tries + 1,  # no worker of an earlier try may still write
        )
        .returning(Signature.id)
        .execution_options(synchronize_session=False)
    ).all()
    action = "signature.looked_up_again"
    record_all(session, action, "signature", {id: {} for id in called}, actor=actor)
