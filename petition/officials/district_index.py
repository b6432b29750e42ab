"""The districts that posts can belong to: those in force, and those loaded to come into force."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.models import BoundarySet, BoundaryState, District, Layer
from petition.postal.us_states import BY_CODE, BY_DIVISION, State

# Under which layer a division counts that several hold: Boston is a place and a county subdivision,
# a Virginian city a place and a county.
ORDER = (Layer.SLDU, Layer.SLDL, Layer.CD, Layer.PLACE, Layer.COUSUB, Layer.COUNTY)
STATE_LAYER = "state"


@dataclass(frozen=True, slots=True)
class PostDistrict:
    """A district as posts need it; ``layer`` is "state" for a state as a whole.

    - ``seat``: which of its seats, where a division has several of one chamber that differ: those
      at large and those of a tribe.
    """

    division_id: str
    layer: str
    name: str
    state: State
    seat: str = ""


@dataclass(slots=True)
class Ground:
    """The loaded districts: by layer and state, and by division id in the layer it counts under."""

    by_division: dict[str, PostDistrict] = field(default_factory=dict)
    by_layer: dict[tuple[str, str], dict[str, PostDistrict]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def add(self, area: PostDistrict) -> None:
        """Take up one district; the first of a division in the order of the layers stays."""
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
        """Return a loaded district, or a state of which any district is loaded."""
        found = self.by_division.get(division_id)
        state = BY_DIVISION.get(division_id)
        return self.find_state(state) if found is None and state else found

    def find_state(self, state: State) -> PostDistrict | None:
        """Return a state as a whole; None where no district of it is loaded.

        - The District of Columbia and two territories are a county's equal as well.
        """
        if not self.has_any(state, (layer for layer, _ in self.by_layer)):
            return None
        return PostDistrict(state.division_id, STATE_LAYER, state.name, state)

    def has_any(self, state: State, layers: Iterable[str]) -> bool:
        """Return whether any district of a state is loaded in one of the layers."""
        return any((layer, state.code) in self.by_layer for layer in layers)


def read_ground(session: Session) -> Ground:
    """Return all districts of the sets that are in force or loaded.

    - A division in both is taken as the set in force has it.
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
    ground = Ground()
    for area in sorted(areas, key=lambda area: ORDER.index(Layer(area.layer))):
        ground.add(area)
    return ground
