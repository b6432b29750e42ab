"""The districts that posts can belong to: those in force and those loaded."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.models import BoundarySet, BoundaryState, District, Layer
from petition.postal.us_states import BY_CODE, BY_DIVISION, State

# The layer under which a division counts that is in several: Boston is a place and a county
# subdivision, a Virginian city a place and a county.
ORDER = (Layer.SLDU, Layer.SLDL, Layer.CD, Layer.PLACE, Layer.COUSUB, Layer.COUNTY)
STATE_LAYER = "state"


@dataclass(frozen=True, slots=True)
class PostDistrict:
    """A district as posts need it; ``layer`` is "state" for a state as a whole.

    - ``seat``: the key of its seat, where a division has different seats in one chamber: at-large
      seats and seats of a tribe.
    """

    division_id: str
    layer: str
    name: str
    state: State
    seat: str = ""


@dataclass(slots=True)
class DistrictIndex:
    """The loaded districts: by layer and state, and by division id in the layer it counts under."""

    by_division: dict[str, PostDistrict] = field(default_factory=dict)
    by_layer: dict[tuple[str, str], dict[str, PostDistrict]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def add(self, area: PostDistrict) -> None:
        """Add one district; the first of a division in the order of the layers is kept."""
        self.by_division.setdefault(area.division_id, area)
        self.by_layer[area.layer, area.state.code].setdefault(area.division_id, area)

    def list_districts(self, layer: str, state: State) -> dict[str, PostDistrict]:
        """Return a state's districts of a layer by division id."""
        return self.by_layer.get((layer, state.code), {})

    def list_states(self, layers: Iterable[str]) -> list[State]:
        """Return the states that have a district in each of the layers."""
        wanted = set(layers)
        return [
            state
            for state in BY_DIVISION.values()
            if all((layer, state.code) in self.by_layer for layer in wanted)
        ]

    def find(self, division_id: str) -> PostDistrict | None:
        """Return a loaded district, or a state with any loaded district; else None."""
        found = self.by_division.get(division_id)
        state = BY_DIVISION.get(division_id)
        return self.find_state(state) if found is None and state else found

    def find_state(self, state: State) -> PostDistrict | None:
        """Return a state as a whole; None where no district of it is loaded.

        - The District of Columbia and two territories are county equivalents as well.
        """
        if not self.has_any(state, (layer for layer, _ in self.by_layer)):
            return None
        return PostDistrict(state.division_id, STATE_LAYER, state.name, state)

    def has_any(self, state: State, layers: Iterable[str]) -> bool:
        """Return whether any district of a state is loaded in one of the layers."""
        return any((layer, state.code) in self.by_layer for layer in layers)


def read_district_index(session: Session) -> DistrictIndex:
    """Return all districts of the sets that are in force or loaded.

    - A division in both is taken from the set in force.
    """
    rows = session.execute(
        select(District.division_id, District.layer, District.name, District.state)
        .join(BoundarySet, BoundarySet.id == District.boundary_set_id)
        .where(
            BoundarySet.state.in_((BoundaryState.ACTIVE, BoundaryState.LOADED)),
            District.layer.in_(ORDER),
        )
        .order_by(BoundarySet.state, District.id)
    )
    areas = [PostDistrict(row.division_id, row.layer, row.name, BY_CODE[row.state]) for row in rows]
    index = DistrictIndex()
    for area in sorted(areas, key=lambda area: ORDER.index(Layer(area.layer))):
        index.add(area)
    return index
