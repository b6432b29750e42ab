"""Report who would change district if a boundary set came into force; nobody is moved."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import func, select

from petition.boundaries.active_sets import load_with
from petition.boundaries.boundary_problems import BoundaryProblem
from petition.boundaries.boundary_sets import COUNTRY
from petition.boundaries.polygons import Boundaries
from petition.boundaries.postal_areas import read_areas
from petition.core.clock import utcnow
from petition.core.errors import NotFound
from petition.core.extensions import db, transaction
from petition.geocoding.chain import get_chain
from petition.locating.district_matching import place_addresses, read_address
from petition.locating.outcomes import Outcome
from petition.locating.zip_decision import list_postal_codes
from petition.models import (
    BoundarySet,
    Campaign,
    District,
    Person,
    Placement,
    Signature,
    SignatureState,
)
from petition.postal.zip_places import list_possible_states

BATCH = 500
MOVES_SHOWN = 50
LOCATED = (
    SignatureState.CONFIRMED,
    SignatureState.LOCATED,
    SignatureState.REVIEW,
    SignatureState.COUNTED,
)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Move:
    """The number of signers who would move between two districts; None: from or into none."""

    old: str | None
    new: str | None
    signers: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """The comparison for all live signers, by division and not by boundaries.

    - ``signers`` = ``unchanged`` + ``moved`` + ``review`` + ``unknown``; ``review``: their district
      could not be decided; ``unknown``: a geocoder was unavailable, try again later.
    - ``moves``: largest first.
    """

    at: str
    signers: int
    unchanged: int
    moved: int
    review: int
    unknown: int
    moves: list[Move]


@dataclass(frozen=True, slots=True)
class _Signer:
    id: int
    person: Person
    division_id: str | None
    name: str | None


def compare(set_id: int, progress: Progress | None = None) -> Comparison:
    """Return what the set would change, and store it with the set for staff to read.

    - Addresses are looked up again, as they are when the set comes into force; that takes a while.
    - ``progress`` is called with the number done and the total. Raises NotFound.
    """
    stored = db.session.get(BoundarySet, set_id)
    if stored is None:
        raise NotFound(BoundaryProblem.SET_NOT_FOUND, set_id=set_id)
    layer, scope = stored.layer, stored.scope
    boundaries = load_with(db.session(), stored)
    campaigns = _list_campaigns(layer)
    total = _count(campaigns)
    counts: Counter[str] = Counter()
    moves: Counter[tuple[str | None, str | None]] = Counter()
    done = 0
    for batch in _read_batches(campaigns, layer):
        readable = [who for who in batch if who.person.is_readable]
        mine = [who for who in readable if scope == COUNTRY or _may_lie_in(scope, who.person)]
        outcomes = _place(mine, layer, boundaries, set_id)
        places = (outcome.placements.get(layer) for outcome in outcomes)
        names = _read_districts({found.district_id for found in places if found})
        for who, outcome in zip(mine, outcomes, strict=True):
            kind, new = _judge(who, outcome, layer, names)
            counts[kind] += 1
            if kind in ("moved", "review"):
                moves[who.name, new] += 1
        done += len(batch)
        if progress:
            progress(done, total)
    found = Comparison(
        at=utcnow().isoformat(timespec="seconds"),
        signers=counts.total(),
        unchanged=counts["unchanged"],
        moved=counts["moved"],
        review=counts["review"],
        unknown=counts["unknown"],
        moves=[Move(old, new, number) for (old, new), number in moves.most_common(MOVES_SHOWN)],
    )
    with transaction() as session:
        session.get_one(BoundarySet, set_id).compared = asdict(found)
    return found


def _judge(
    who: _Signer, outcome: Outcome, layer: str, names: dict[int, tuple[str, str]]
) -> tuple[str, str | None]:
    if outcome.retry:
        return "unknown", None
    if outcome.reason is not None:
        # A signature that is in review before and after is unchanged.
        return ("unchanged" if who.division_id is None else "review"), None
    found = outcome.placements.get(layer)
    if found is None:  # there is no such district, or another layer serves for it
        return ("unchanged" if who.division_id is None else "review"), None
    division_id, name = names[found.district_id]
    return ("unchanged" if division_id == who.division_id else "moved"), name


def _place(
    signers: Sequence[_Signer], layer: str, boundaries: Boundaries, set_id: int
) -> list[Outcome]:
    addresses = [read_address(who.person) for who in signers]
    wanted = [[layer]] * len(addresses)
    session = db.session()
    codes = list_postal_codes(addresses, wanted, boundaries)
    areas = read_areas(session, codes, instead=set_id)
    session.rollback()  # no transaction is open while a geocoder is asked
    return place_addresses(addresses, get_chain().locate_many(addresses), wanted, boundaries, areas)


def _list_campaigns(layer: str) -> list[int]:
    rows = db.session.execute(select(Campaign.id, Campaign.layers))
    return [campaign_id for campaign_id, layers in rows if layer in layers]


def _count(campaigns: Sequence[int]) -> int:
    query = select(func.count(Signature.id)).where(
        Signature.campaign_id.in_(campaigns), Signature.state.in_(LOCATED)
    )
    return db.session.scalar(query) or 0


def _may_lie_in(scope: str, who: Person) -> bool:
    """Return whether a signer gave the state of a scope, or only a ZIP that intersects it."""
    region = who.region.strip().upper()
    return scope.upper() in list_possible_states(region, who.postal_code)


def _read_batches(campaigns: Sequence[int], layer: str) -> Iterator[list[_Signer]]:
    last = 0
    while True:
        rows = db.session.execute(
            select(Signature.id, Signature.person, District.division_id, District.name)
            .outerjoin(
                Placement, (Placement.signature_id == Signature.id) & (Placement.layer == layer)
            )
            .outerjoin(District, District.id == Placement.district_id)
            .where(
                Signature.id > last,
                Signature.campaign_id.in_(campaigns),
                Signature.state.in_(LOCATED),
            )
            .order_by(Signature.id)
            .limit(BATCH)
        ).all()
        if not rows:
            return
        last = rows[-1].id
        yield [_Signer(id, who, division, name) for id, who, division, name in rows if who]


def _read_districts(ids: set[int]) -> dict[int, tuple[str, str]]:
    rows = db.session.execute(
        select(District.id, District.division_id, District.name).where(District.id.in_(ids))
    )
    return {row.id: (row.division_id, row.name) for row in rows}
