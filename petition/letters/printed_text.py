"""Text that people typed, made fit for paper: as the form has read it, within its room.

What the form takes is printed whole. Only what came in by another way is cut.
"""

import re
import unicodedata

from petition.validation.names import NAME_LIMIT
from petition.validation.printable import make_printable

LINE_LIMIT = 120  # characters; the longest town of the form, and most titles, are well under it
COMMENT_LIMIT = 2000  # characters, a third of a page
_DROPPED = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))


def clean_line(text: str, limit: int = LINE_LIMIT) -> str:
    """Return ``text`` on one line without invisible characters, at most ``limit`` characters long.

    - A longer text ends with an ellipsis. See ``make_printable``.
    """
    line = make_printable(text)
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def clean_name(name: str) -> str:
    """Return a signer's name as it is printed: whole, since the form takes none that is longer."""
    return clean_line(name, NAME_LIMIT)


def clean_paragraphs(text: str, limit: int = COMMENT_LIMIT) -> tuple[str, ...]:
    """Return the paragraphs of ``text``, each cleaned as a line; empty ones are left out."""
    paragraphs: list[str] = []
    for part in re.split(r"[\r\n\v\f\x85\u2028\u2029]+", text):
        line = clean_line(part, limit)
        if line:
            paragraphs.append(line)
            limit -= len(line)
        if limit < 1:
            break
    return tuple(paragraphs)


def clean_source(text: str) -> str:
    """Return staff's Markdown without control characters, its lines kept."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in _DROPPED)


def reads_right_to_left(text: str) -> bool:
    """Return whether the first letter with a direction runs from right to left."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


def has_right_to_left(text: str) -> bool:
    """Return whether any character of ``text`` could turn its neighbours round."""
    return not text.isascii() and any(
        unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in text
    )
