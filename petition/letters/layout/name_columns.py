"""How a list of names is set: in which type, in how many columns, on how many pages.

Chosen by the lines that the names take, before anything is laid out. A list of a hundred is on one
page if possible, and no page of a longer list has fewer than ten.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from petition.letters.content import PageSize
from petition.letters.layout.text_measure import count_lines
from petition.letters.printed_text import clean_paragraphs

FEWEST = 10  # names on a page of a longer list
_UNSURE = 8  # names by which a page may hold more than was measured
# From so many names on the letter has a summary of them, and the names are an appendix.
APPENDIX_FROM = 250
# A list of up to so many is kept in one piece, after the letter's end where it fits there.
KEPT_UP_TO = 60
# Points: paper less margins of an inch at the sides, 0.9 in above and 0.95 in below.
_SPACE = {PageSize.LETTER: (468.0, 658.8), PageSize.A4: (451.2, 708.6)}
_HEADING = 45.0  # points above the names on their first page
_INDENT = {1: 16, 2: 16, 3: 21, 4: 26, 5: 31, 6: 36, 7: 41}  # points, by digits of the number


@dataclass(frozen=True, slots=True)
class _Setting:
    """A type of the style sheet: its size, leading and gap in points, and its columns."""

    name: str
    size: float
    leading: float
    columns: int
    gap: float


_LARGE = _Setting("large", 9.5, 11.9, 2, 21.6)
_MIDDLE = _Setting("middle", 9.0, 11.2, 2, 21.6)
_SMALL = _Setting("small", 8.5, 10.4, 2, 21.6)
_APPENDIX = _Setting("appendix", 8.5, 10.4, 3, 14.4)


@dataclass(frozen=True, slots=True)
class NameColumns:
    """How to set a list: ``type`` of the style sheet, and how many names each part has.

    - ``parts``: one, unless the last page would hold too few: then the second is that page's.
    - ``pages``: how many pages the list takes if it begins one.
    """

    type: str
    parts: tuple[int, ...]
    pages: int


def measure_comments(texts: Sequence[str], unprinted: int) -> float:
    """Return the height of the comments under the names in points; 0 without any."""
    if not texts and not unprinted:
        return 0.0
    width = _SPACE[PageSize.A4][0] - 65
    lines = [
        count_lines(paragraph, 11, width) for text in texts for paragraph in clean_paragraphs(text)
    ]
    return 40.0 + sum(16.0 * count for count in lines) + 27.0 * len(texts) + 25.0 * bool(unprinted)


def choose_columns(
    entries: Sequence[str], digits: int, page: PageSize, below: float = 0.0
) -> NameColumns:
    """Return the setting of ``entries`` with the fewest pages, of several the largest type.

    - ``below``: points that are wanted under the names: the type with room for them on the same
      page is preferred to a larger one without.
    """
    long = len(entries) >= APPENDIX_FROM
    best: tuple[int, NameColumns] | None = None
    for setting in (_SMALL, _APPENDIX) if long else (_LARGE, _MIDDLE, _SMALL):
        pages = _fill(entries, digits, page, setting)
        short = len(pages) > 1 and pages[-1] < FEWEST
        parts = _split(len(entries), pages)
        rank = 2 * len(pages) + short
        if best is None or rank < best[0]:
            best = rank, NameColumns(setting.name, parts, len(pages))
        if len(pages) == 1 and _has_room(entries, digits, page, setting, below):
            return NameColumns(setting.name, parts, 1)
    if best is None:
        raise RuntimeError("there is no setting")
    return best[1]


def _split(entries: int, pages: Sequence[int]) -> tuple[int, ...]:
    """Return the parts of a list: its last page apart where it could get too few names."""
    if len(pages) == 1 or pages[-1] >= FEWEST + _UNSURE:
        return (entries,)
    last = max(pages[-1], FEWEST)
    return (entries - last, last)


def _has_room(
    entries: Sequence[str], digits: int, page: PageSize, setting: _Setting, below: float
) -> bool:
    """Return whether a list of one page leaves ``below`` points free under its columns."""
    height = _SPACE[page][1]
    rows = int((height - _HEADING - below) / setting.leading)
    return rows > 0 and len(_fill(entries, digits, page, setting, rows)) == 1


def _fill(
    entries: Sequence[str], digits: int, page: PageSize, setting: _Setting, first: int = 0
) -> list[int]:
    """Return how many names each page takes, filled column by column.

    - ``first``: lines of a column on the first page; 0 for all that it has room for.
    """
    width, height = _SPACE[page]
    column = (width - setting.gap * (setting.columns - 1)) / setting.columns - _INDENT[digits]
    rows = first or int((height - _HEADING) / setting.leading)
    pages, used, columns_left = [0], 0, setting.columns - 1
    for entry in entries:
        lines = count_lines(entry, setting.size, column)
        if used + lines > rows:
            used = 0
            if columns_left:
                columns_left -= 1
            else:
                pages.append(0)
                columns_left = setting.columns - 1
                rows = int(height / setting.leading)
        used += lines
        pages[-1] += 1
    return pages
