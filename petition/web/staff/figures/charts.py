"""The geometry of charts, in a drawing that is stretched to the width of the page.

- A drawing has no text, which would be stretched too: the page writes labels around it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10

WIDTH, HEIGHT = 600, 160
# The share of its place that a bar fills.
FILLED = 0.8


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar in the drawing's units, from its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing: ``bars``, or ``lines`` as the points of polylines; ``top``: the value of its top.

    - ``first``, ``last``: the labels of both ends.
    """

    top: float
    first: str
    last: str
    bars: tuple[Bar, ...] = ()
    lines: tuple[str, ...] = ()
    dots: tuple[tuple[float, float, int], ...] = ()


def draw_bars(labels: Sequence[str], values: Sequence[float]) -> Chart:
    """Return bars from left to right, of at least one value."""
    top, place = find_top(values), WIDTH / len(values)
    bars = tuple(
        Bar(
            round(place * number + place * (1 - FILLED) / 2, 2),
            round(HEIGHT - HEIGHT * value / top, 2),
            round(place * FILLED, 2),
            round(HEIGHT * value / top, 2),
        )
        for number, value in enumerate(values)
    )
    return Chart(top, labels[0], labels[-1], bars=bars)


def draw_lines(labels: Sequence[str], *series: Sequence[float]) -> Chart:
    """Return a line for each series, from left to right, with a dot for each of its values."""
    top = find_top([value for values in series for value in values])
    place = WIDTH / len(labels)
    dots = [
        [
            (round(place * (at + 0.5), 2), round(HEIGHT - HEIGHT * value / top, 2))
            for at, value in enumerate(values)
        ]
        for values in series
    ]
    return Chart(
        top,
        labels[0],
        labels[-1],
        lines=tuple(" ".join(f"{x},{y}" for x, y in points) for points in dots),
        dots=tuple((x, y, number) for number, points in enumerate(dots) for x, y in points),
    )


def find_top(values: Sequence[float]) -> float:
    """Return the least of 1, 2 and 5 times a power of ten that is not exceeded; 1 for nothing."""
    most = max(values, default=0)
    if most <= 1:
        return 1
    power = 10 ** (ceil(log10(most)) - 1)
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= most))
