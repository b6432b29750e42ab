"""The width of text in the letter's fonts, to know how many lines it takes before it is laid out.

Advance widths without kerning, which would make a line of text at most a hundredth narrower: a line
that fits by these numbers fits on paper.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from io import BytesIO

from petition.letters.layout.font_files import FONTS

SERIF = "asset:serif-regular"
SANS = "asset:sans-regular"
# Em of a character that our fonts lack: East Asian ones fill a square, others are narrower.
_WIDE, _OTHER = 1.0, 0.65
# A line may end after a space or a hyphen.
_PIECES = re.compile(r"[^\s\-–—]*[\-–—]+|[^\s\-–—]+|\s+")


def measure(text: str, size: float, font: str = SERIF) -> float:
    """Return the width of ``text`` on one line in points; ``size``: of the type, in points."""
    widths = _load_widths(font)
    return size * sum(widths[sign] if sign in widths else _guess(sign) for sign in text)


def count_lines(text: str, size: float, width: float, font: str = SERIF) -> int:
    """Return how many lines of ``width`` points a paragraph takes; at least 1."""
    lines, used = 1, 0.0
    for piece in _PIECES.findall(text):
        wide = measure(piece, size, font)
        if piece.isspace():
            used += wide
            continue
        if used and used + wide > width:
            lines, used = lines + 1, 0.0
        used += wide
        if used > width:  # a word longer than a line breaks anywhere
            full = int(used / (0.95 * width))
            lines, used = lines + full, used - full * 0.95 * width
    return lines


def shorten(text: str, size: float, width: float, font: str = SERIF) -> str:
    """Return ``text`` on one line of ``width`` points: whole, or cut at a word with an ellipsis."""
    if measure(text, size, font) <= width:
        return text
    words = text.split()
    for count in range(len(words) - 1, 0, -1):
        line = " ".join(words[:count]).rstrip(" ,;:-–—") + "…"
        if measure(line, size, font) <= width:
            return line
    end = len(text)
    while end > 1 and measure(text[:end] + "…", size, font) > width:
        end -= 1
    return text[:end] + "…"


@lru_cache(maxsize=4)
def _load_widths(font: str) -> Mapping[str, float]:
    from fontTools.ttLib import TTFont  # loaded by whoever measures, and by no other command

    package, name = FONTS[font]
    found = TTFont(BytesIO((files(package) / "files" / name).read_bytes()), lazy=True)
    advance, em = found["hmtx"], found["head"].unitsPerEm
    return {chr(code): advance[glyph][0] / em for code, glyph in found.getBestCmap().items()}


@lru_cache(maxsize=2048)
def _guess(sign: str) -> float:
    if unicodedata.combining(sign):
        return 0.0
    return _WIDE if unicodedata.east_asian_width(sign) in "WF" else _OTHER
