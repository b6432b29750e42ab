"""The map of the districts that a signature in review could be in, among their neighbors."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from sqlalchemy.orm import Session

from petition.boundaries.outlines import FINE, Drawing, Outline, get_drawing
from petition.locating.review_queue import Choice

# More would be a map of the whole state: the numbers would cover one another.
MOST_DRAWN = 12
MARGIN = 0.15  # of the longer side of the candidates
TEXT_SHARE = 0.05  # of the longer side of the map
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class CandidateShape:
    """A candidate as it is drawn; ``number``: by which the list below the map names it."""

    district_id: int
    number: int
    name: str
    path: str
    middle: tuple[int, int]


@dataclass(frozen=True, slots=True)
class CandidateMap:
    """The candidates of one state, and the paths of the districts ``around`` them.

    - ``view_box``: the part of the state's drawing that is shown, as SVG has it.
    """

    view_box: str
    text_size: int
    shapes: list[CandidateShape]
    around: list[str]

    @property
    def words(self) -> str:
        """The candidates with their numbers, in one line."""
        return "; ".join(f"{shape.number}, {shape.name}" for shape in self.shapes)

    @property
    def numbers(self) -> dict[int, int]:
        """The number of each candidate, by the district's id."""
        return {shape.district_id: shape.number for shape in self.shapes}


def draw_candidates(session: Session, layer: str, choices: Sequence[Choice]) -> list[CandidateMap]:
    """Return a map for each state that several candidates are in; none for one or too many.

    - Districts whose shape is not known are left out.
    """
    by_state = sorted(choices, key=lambda choice: choice.state)
    maps, number = [], 1
    for state, found in groupby(by_state, key=lambda choice: choice.state):
        here = list(found)
        if not 1 < len(here) <= MOST_DRAWN:
            continue
        drawing = get_drawing(session, layer, state, FINE)
        drawn = [
            (one, drawing.outlines[one.geoid]) for one in here if one.geoid in drawing.outlines
        ]
        if len(drawn) > 1:
            maps.append(_draw(drawing, drawn, number))
            number += len(drawn)
    return maps


def _draw(drawing: Drawing, drawn: Sequence[tuple[Choice, Outline]], first: int) -> CandidateMap:
    shapes = [
        CandidateShape(choice.district_id, number, choice.name, outline.path, outline.middle)
        for number, (choice, outline) in enumerate(drawn, first)
    ]
    boxes = [_find_box(outline) for _, outline in drawn]
    west, north = min(box[0] for box in boxes), min(box[1] for box in boxes)
    east, south = max(box[2] for box in boxes), max(box[3] for box in boxes)
    margin = MARGIN * max(east - west, south - north, 1.0)
    shown = (west - margin, north - margin, east + margin, south + margin)
    candidates = {choice.geoid for choice, _ in drawn}
    around = [
        outline.path
        for geoid, outline in drawing.outlines.items()
        if geoid not in candidates and _overlap(_find_box(outline), shown)
    ]
    width, height = shown[2] - shown[0], shown[3] - shown[1]
    return CandidateMap(
        view_box=f"{shown[0]:.0f} {shown[1]:.0f} {width:.0f} {height:.0f}",
        text_size=max(1, round(TEXT_SHARE * max(width, height))),
        shapes=shapes,
        around=around,
    )


def _find_box(outline: Outline) -> Box:
    points = np.vstack([ring for rings in outline.polygons for ring in rings])
    (west, north), (east, south) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return west, north, east, south


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
