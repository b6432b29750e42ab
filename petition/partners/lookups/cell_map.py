"""The cells of a look-up as a drawing: hexagons around the base, each with a number of people."""

from collections.abc import Sequence
from dataclasses import dataclass

import h3

from petition.models.counts.tally import CELL_RESOLUTION
from petition.partners.lookups.near_cells import NearCell
from petition.partners.lookups.origins import NearOrigin

UNITS_A_KM = 10.0
# A smaller part of the map is not drawn: a cell would fill it. In kilometers.
SMALLEST = 12.0
MARGIN = 2.0
SHADES = (2, 5, 10)  # from so many people on the next shade


@dataclass(frozen=True, slots=True)
class DrawnCell:
    """A hexagon: its corners as SVG points, its middle, its people and its shade from 1 to 4."""

    points: str
    x: float
    y: float
    people: int
    shade: int


@dataclass(frozen=True, slots=True)
class CellMap:
    """A drawing whose base is at 0, 0, ten units a kilometer.

    - ``box``: left, top, width, height. ``reach``: the radius; None where districts are the reach.
    """

    box: tuple[float, float, float, float]
    reach: float | None
    cells: list[DrawnCell]


def draw_cells(origin: NearOrigin, cells: Sequence[NearCell]) -> CellMap:
    """Draw the cells, and as much of the map as they and the base take."""
    drawn = [_draw(origin, cell) for cell in cells]
    across = [abs(cell.x) for cell in drawn] + [SMALLEST * UNITS_A_KM / 2]
    down = [abs(cell.y) for cell in drawn] + [SMALLEST * UNITS_A_KM / 2]
    margin = MARGIN * UNITS_A_KM
    # The base stays in the middle, and the picture is never much higher than wide.
    height = max(down) + margin
    width = max(max(across) + margin, height)
    height = max(height, width * 0.6)
    reach = origin.reach_km * UNITS_A_KM if origin.area is None else None
    return CellMap((-width, -height, 2 * width, 2 * height), reach, drawn)


def _draw(origin: NearOrigin, cell: NearCell) -> DrawnCell:
    corners = h3.cell_to_boundary(h3.latlng_to_cell(*cell.center, CELL_RESOLUTION))
    points = [_place(origin, latitude, longitude) for latitude, longitude in corners]
    x, y = _place(origin, *cell.center)
    return DrawnCell(
        points=" ".join(f"{east:.1f},{south:.1f}" for east, south in points),
        x=x,
        y=y,
        people=cell.people,
        shade=1 + sum(cell.people >= many for many in SHADES),
    )


def _place(origin: NearOrigin, latitude: float, longitude: float) -> tuple[float, float]:
    east, north = origin.project(latitude, longitude)
    return round(east * UNITS_A_KM, 1), round(-north * UNITS_A_KM, 1)
