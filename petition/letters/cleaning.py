"""Text that people typed, made fit for paper: what they wrote, without what cannot be seen.

A name goes to a lawmaker as its owner writes it, in any script. What goes are the characters that
print nothing or turn the line round: they would hide text from a reader or shuffle its neighbours.
"""

import re
import unicodedata

NAME_LIMIT = 120  # characters; the longest names of real people are well under it
COMMENT_LIMIT = 2000  # characters, a third of a page
MARK_LIMIT = 4  # combining marks on one letter; Vietnamese needs 2, pointed Hebrew 3

# Letters and symbols by Unicode's categories that yet print nothing.
_BLANK = set(range(0xFE00, 0xFE10)) | {
    *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, 0xFFFC, 0xFFFD, 0x20E3)
}
_JOINERS = "\u200c\u200d"
# Scripts in which a joiner between two letters changes how the word is written.
_JOINING = frozenset(
    "ARABIC SYRIAC DEVANAGARI BENGALI GURMUKHI GUJARATI ORIYA TAMIL TELUGU KANNADA MALAYALAM "
    "SINHALA KHMER MYANMAR MONGOLIAN".split()
)
_FIRST_EMOJI = 0x1F000  # pictographs; no text font for print has them


def clean_line(text: str, limit: int = NAME_LIMIT) -> str:
    """Return ``text`` on one line without invisible characters, at most ``limit`` characters long.

    - White space of any kind becomes single spaces; composed form (NFC).
    - Control, format, bidi, unassigned and private characters go, and emoji; the joiners that
      Arabic and Indic spelling needs stay between letters of those scripts.
    - A longer text ends with an ellipsis.
    """
    if not (text.isascii() and text.isprintable()):
        text = _drop_invisible(unicodedata.normalize("NFC", _open_lines(text)))
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


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


_DROPPED = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))


def _open_lines(text: str) -> str:
    return "".join(" " if character.isspace() else character for character in text)


def _drop_invisible(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for index, character in enumerate(text):
        if character in _JOINERS:
            if _joins(text, index):
                kept.append(character)
            continue
        if _is_invisible(character):
            continue
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= MARK_LIMIT:
            kept.append(character)
    return "".join(kept)


def _is_invisible(character: str) -> bool:
    code = ord(character)
    if code in _BLANK or unicodedata.category(character) in _DROPPED:
        return True
    return code >= _FIRST_EMOJI and unicodedata.category(character) in ("So", "Sk")


def _joins(text: str, index: int) -> bool:
    before, after = text[index - 1 : index], text[index + 1 : index + 2]
    return bool(before and after) and all(
        unicodedata.name(neighbour, "").partition(" ")[0] in _JOINING
        for neighbour in (before, after)
    )
