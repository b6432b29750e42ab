"""Match a ZIP or an address to a district of each layer by the locating rules, for programs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from petition.boundaries.active_sets import get_boundaries
from petition.core.extensions import db
from petition.geocoding.geocoder import Address
from petition.locating.address_lookup import match_layers
from petition.locating.outcomes import BY_NAME, FoundBy, Outcome
from petition.models import District, Layer


@dataclass(frozen=True, slots=True)
class Match:
    """The match of an address in a layer; districts by their division ids.

    - ``decided_by``: ``street`` or ``postal`` (the ZIP, or a state with one district); None where
      nothing is decided.
    - ``ask``: what would decide it: ``signer`` (the name of their district) or ``street``. None
      where it is decided, also if there is no district; or where nothing can be decided now,
      because the layer is not loaded or a geocoder is unavailable.
    """

    districts: list[str]
    decided_by: str | None
    ask: str | None
    candidates: list[str]


def match_address(address: Address, layers: Collection[str] = ()) -> dict[str, Match]:
    """Return the match of each of the layers; of all in force where none is given.

    - Raises BoundariesUnavailable while no polygons are in force.
    """
    in_force = get_boundaries(db.session()).layers
    wanted = list(dict.fromkeys(layers)) or [layer for layer in Layer if layer in in_force]
    outcomes = match_layers(address, wanted)
    names = _read_division_ids(outcomes.values())
    return {layer: _describe(outcome, names) for layer, outcome in outcomes.items()}


def _describe(outcome: Outcome, names: dict[int, str]) -> Match:
    # One chamber may serve two layers, and the district found may have overlays.
    found = [each for _, each in outcome.list_found()] if outcome.reason is None else []
    if found:
        decided_by = "street" if found[0].found_by == FoundBy.POLYGON else "postal"
        return Match([names[each.district_id] for each in found], decided_by, None, [])
    ask = None
    if outcome.reason is not None and not outcome.retry and not outcome.skipped:
        ask = "signer" if outcome.reason in BY_NAME else "street"
    return Match([], None, ask, sorted(names[each] for each in outcome.candidates))


def _read_division_ids(outcomes: Collection[Outcome]) -> dict[int, str]:
    ids: set[int] = set()
    for outcome in outcomes:
        ids |= outcome.candidates
        ids |= {found.district_id for _, found in outcome.list_found()}
    return _select_division_ids(sorted(ids))


def _select_division_ids(ids: Sequence[int]) -> dict[int, str]:
    rows = db.session.execute(select(District.id, District.division_id).where(District.id.in_(ids)))
    return {row.id: row.division_id for row in rows}
