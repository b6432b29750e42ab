"""The address block, fitted into the window of an envelope by the lines that it takes on paper.

A #10 envelope (9.5 by 4.125 in) has its window, 4.5 by 1.125 in, 0.875 in from the left and 0.5 in
from the bottom. On a sheet that is folded at thirds and rests at the bottom of the envelope, it
shows what is 2.04 to 3.17 in below the top; sideways, what is 0.875 to 4.375 in from the left.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter

from petition.letters.layout.text_measure import count_lines, measure, shorten

WIDTH = 3.3 * 72  # points, from the left margin of an inch on
_WIDTH = 0.985 * WIDTH  # the slack that measuring may be off


@dataclass(frozen=True, slots=True)
class WindowLine:
    """One paragraph of the block; ``language``: of one that is not in the letter's, else ''."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class _Type:
    """A size of type in points, and how many of its lines the window shows."""

    name: str
    size: float
    lines: int


# 6 lines of 12.5 pt and 7 of 10.7 pt are 1.04 in.
_TYPES = (_Type("roomy", 10.5, 6), _Type("tight", 9.0, 7))


@dataclass(frozen=True, slots=True)
class Window:
    """The fitted block: its lines, and the name of its type in the style sheet."""

    lines: tuple[WindowLine, ...]
    size: str

    @property
    def runs(self) -> list[list[WindowLine]]:
        """The lines in runs of one language."""
        return [list(run) for _, run in groupby(self.lines, key=attrgetter("language"))]


def fit_window(name: WindowLine | None, title: WindowLine, address: Sequence[WindowLine]) -> Window:
    """Return the block with all of its lines in the window.

    - What is too long is shortened in this order: the title to one line, the title to its part
      before a comma, the office's lines joined two by two, the title left out where there is a
      name, lines from the second on left out.
    - No more lines are joined than must be, the first ones first: a street stays on its own line.
    - The first and the last two lines of the address stay; the last, with city and ZIP code, as it
      is, unless it alone is longer than the window.
    """
    for kind in _TYPES:
        for block in _list_blocks(name, title, tuple(address), kind.size):
            if _count(block, kind.size) <= kind.lines:
                return Window(block, kind.name)
            if kind is not _TYPES[-1]:
                break  # smaller type before shorter words
    return Window(_force(name or title, tuple(address), _TYPES[-1]), _TYPES[-1].name)


def _list_blocks(
    name: WindowLine | None, title: WindowLine, address: tuple[WindowLine, ...], size: float
) -> list[tuple[WindowLine, ...]]:
    top = (name,) if name else ()
    one = replace(title, text=shorten(title.text, size, _WIDTH))
    short = replace(title, text=shorten(title.text.partition(",")[0], size, _WIDTH))
    blocks = [
        (*top, title, *address),
        (*top, one, *address),
        (*top, short, *address),
        *((*top, short, *_join(address, size, joins)) for joins in range(1, len(address))),
    ]
    if name:
        blocks.append((name, *_join(address, size)))
    return blocks


def _join(
    address: tuple[WindowLine, ...], size: float, joins: int | None = None
) -> tuple[WindowLine, ...]:
    """Return the lines with each two joined that fit on one; the last stays by itself.

    - ``joins``: how many at most, from the first line on; None for all.
    """
    found: list[WindowLine] = []
    left = len(address) if joins is None else joins
    for line in address[:-1]:
        both = f"{found[-1].text}, {line.text}" if found else ""
        if left and both and measure(both, size) <= _WIDTH:
            found[-1], left = replace(line, text=both), left - 1
        else:
            found.append(line)
    return (*found, *address[-1:])


def _force(
    first: WindowLine, address: tuple[WindowLine, ...], kind: _Type
) -> tuple[WindowLine, ...]:
    last = address[-1:]
    room = kind.lines - 1 - sum(_count((line,), kind.size) for line in last)
    rest = _join(address, kind.size)[:-1]
    if len(rest) > room:
        rest = (*rest[: max(room - 1, 0)], rest[-1])
    cut = [replace(one, text=shorten(one.text, kind.size, _WIDTH)) for one in (first, *rest)]
    return (*cut, *last)


def _count(block: Sequence[WindowLine], size: float) -> int:
    return sum(count_lines(line.text, size, _WIDTH) for line in block)
