"""Prepares text that people typed for print: cleaned as by the form, within its limits.

Text that the form accepts is printed whole. Only text from another source is cut.
"""

import re
import unicodedata

from petition.validation.names import NAME_LIMIT
from petition.validation.printable import make_printable

LINE_LIMIT = 120  # characters; the longest town of the form, and most titles, are well under it
COMMENT_LIMIT = 2000  # characters, a third of a page
_SHORT_WORD = 12  # characters
_DROPPED = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))


def clean_line(text: str, limit: int = LINE_LIMIT) -> str:
    """Return ``text`` on one line without invisible characters, at most ``limit`` characters long.

    - A longer text ends with an ellipsis. See ``make_printable``.
    """
    line = make_printable(text)
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def shorten_line(text: str, limit: int) -> str:
    """Return ``text`` as ``clean_line`` does, but cut after a word where it is too long."""
    line = make_printable(text)
    if len(line) <= limit:
        return line
    words, _, _ = line[:limit].rpartition(" ")
    return (words or line[: limit - 1]).rstrip(" ,;:-–—") + "…"


def bind_end(text: str) -> str:
    """Return ``text`` with its last two words on one line, so that no short one is alone there."""
    words, _, last = text.rpartition(" ")
    return f"{words}\u00a0{last}" if words and len(last) <= _SHORT_WORD else text


def clean_name(name: str) -> str:
    """Return a signer's name for print: whole, since the form accepts no longer one."""
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
    """Return the Markdown of staff without control characters, with its line breaks."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in _DROPPED)


def reads_right_to_left(text: str) -> bool:
    """Return whether the first character that has a direction is right-to-left."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


def has_right_to_left(text: str) -> bool:
    """Return whether any character of ``text`` could change the direction of its neighbors."""
    return not text.isascii() and any(
        unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in text
    )
