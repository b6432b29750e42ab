"""The map of the country: each state as a square of one size, shaded by its published count.

- Squares, because their position is enough to find a state, Rhode Island is as easy to press as
  Texas, and no boundary file is needed. Territories that have no square are in the table.
- The numbers are those of the table (petition/web/maps.py), of districts that show theirs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from petition.counting.map_classes import Shade, find_shade, list_shades
from petition.models import Campaign
from petition.postal.us_states import BY_CODE, State
from petition.web.formats import show_number
from petition.web.maps import Overview, StateRow, tell_letters, tell_people

# One word a square, from west to east, row by row from the north.
GRID = """
AK -- -- -- -- -- -- -- -- -- -- ME
-- -- -- -- -- -- -- -- -- -- VT NH
-- WA ID MT ND MN IL WI MI NY RI MA
-- OR NV WY SD IA IN OH PA NJ CT --
-- CA UT CO NE MO KY WV VA MD DE --
-- -- AZ NM KS AR TN NC SC DC -- --
-- -- -- -- OK LA MS AL GA -- -- --
HI -- -- -- TX -- -- -- -- FL -- PR
"""
# In units of the drawing: a square and the gap to the next.
SIDE, GAP = 36, 4
LETTERS = 14  # the height of a state's two letters


@dataclass(frozen=True, slots=True)
class Square:
    """A state's square: its corner, and what it says; ``row`` is None where no count is shown."""

    state: State
    x: int
    y: int
    shade: int
    words: str
    row: StateRow | None


@dataclass(frozen=True, slots=True)
class CountryMap:
    """All squares, the classes of the legend, and the size of the drawing."""

    squares: Sequence[Square]
    shades: Sequence[Shade]
    width: int
    height: int
    side: int = SIDE


def draw_country(campaign: Campaign, overview: Overview) -> CountryMap:
    """Return the map of a campaign's states."""
    # A person is counted in each layer: the layer in which most are shown stands for a state.
    rows: dict[str, StateRow] = {}
    for row in overview.rows:
        if row.state.code not in rows or row.people > rows[row.state.code].people:
            rows[row.state.code] = row
    rounded = overview.is_rounded
    squares = [
        Square(
            state=BY_CODE[code],
            x=x,
            y=y,
            shade=find_shade(found.people if found else None, campaign.step, rounded),
            words=_describe(found, rounded) if found else "",
            row=found,
        )
        for code, x, y in _place()
        for found in (rows.get(code),)
    ]
    return CountryMap(
        squares,
        list_shades(campaign.step, rounded),
        max(square.x for square in squares) + SIDE,
        max(square.y for square in squares) + SIDE,
    )


def _place() -> Iterator[tuple[str, int, int]]:
    for number, line in enumerate(GRID.split("\n")[1:-1]):
        for column, code in enumerate(line.split()):
            if code != "--":
                yield code, column * (SIDE + GAP), number * (SIDE + GAP)


def _describe(row: StateRow, rounded: bool) -> str:
    letters = f", {tell_letters(row.letters)}" if row.letters else ""
    people = show_number(row.people) + ("+" if rounded else "")
    return f"{row.state.name}: {tell_people(people)}{letters}"
