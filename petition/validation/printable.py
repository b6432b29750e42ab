"""Remove characters that cannot be seen from typed text, equally for form, letter and mail.

Characters that print nothing or reverse the line are removed: they could hide text from a reader or
reorder it. Visible text stays, in any script.
"""

import unicodedata
from collections.abc import Iterable, Iterator

MARK_LIMIT = 4  # accents on one letter; Vietnamese needs 2, pointed Hebrew 3
SIGN_LIMIT = 8  # marks of any kind on one letter; a Burmese syllable has up to 6
# The longest run of marks that is normalized, which takes quadratic time (UAX 15, Stream-Safe Text
# Format). SIGN_LIMIT would drop any further marks of the run.
RUN_LIMIT = 30
# Letters, marks and symbols by Unicode's categories that print nothing: its property
# Default_Ignorable_Code_Point, the Braille blank, joiners of old scripts, replacement characters.
_BLANK = frozenset(
    {
        *range(0x180B, 0x1810),
        *range(0xFE00, 0xFE10),
        *range(0xE0000, 0xE1000),
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x20E3, 0x2800, 0x2D7F, 0x3164),
        *(0xFFA0, *range(0xFFF0, 0xFFFE), 0x1107F, 0x16FE4, 0x1D159),
    }
)
_DROPPED = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))
# Overrides display the letters after them in another order than printed.
_OVERRIDES = frozenset("\u202d\u202e")
_SPACE_JOINER, _JOINER = "\u200c", "\u200d"
_JOINING_SIGNS = frozenset((_SPACE_JOINER, _JOINER))
_VIRAMA = 9  # combining class of the sign that removes a letter's vowel
# Scripts in which a joiner between two letters changes the spelling.
_JOINING = frozenset(
    "ARABIC SYRIAC DEVANAGARI BENGALI GURMUKHI GUJARATI ORIYA TAMIL TELUGU KANNADA MALAYALAM "
    "SINHALA KHMER MYANMAR MONGOLIAN".split()
)
_FIRST_EMOJI = 0x1F000  # pictographs; no text font for print has them
_AFTER_EMOJI = 0x20000
_ROUNDS = 3


def make_printable(text: str) -> str:
    """Return ``text`` on one line as printed; idempotent.

    - White space of any kind becomes single spaces; composed form (NFC).
    - Control, format, bidi, unassigned and private characters and emoji are removed; the joiners
      that Arabic and Indic spelling needs are kept.
    - Marks without a letter are removed, and those above the limit per letter.
    - Takes linear time in the length of the text.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    for _ in range(_ROUNDS):
        before, text = text, _print_once(text)
        if text == before:
            return text
    # Joiners that depend on one another: without any, one pass is enough.
    return _print_once(text.replace(_JOINER, "").replace(_SPACE_JOINER, ""))


def is_unprintable(character: str) -> bool:
    """Return whether a character is not text, or would be printed differently than displayed.

    - This includes characters of unknown scripts, which would be left out.
    - Spaces, default-ignorable characters and emoji are not: they are removed without an error.
    """
    category = unicodedata.category(character)
    if category in ("Cc", "Cs", "Co") or character in _OVERRIDES:
        return not character.isspace()
    code = ord(character)
    return category == "Cn" and not (code in _BLANK or _FIRST_EMOJI <= code < _AFTER_EMOJI)


def has_letter(text: str) -> bool:
    """Return whether a printable text has a letter of any script."""
    # Modifier letters (Lm) are apostrophes and length marks, which follow a letter.
    return any(unicodedata.category(character) in ("Lu", "Ll", "Lt", "Lo") for character in text)


def split_words(text: str, within: str = "") -> list[str]:
    """Return the runs of letters, marks, digits and the characters in ``within`` of a text."""
    return "".join(
        sign
        if sign.isalnum() or sign in within or unicodedata.category(sign).startswith("M")
        else " "
        for sign in text
    ).split()


def _print_once(text: str) -> str:
    spaced = (" " if character.isspace() else character for character in text)
    seen = [character for character in spaced if character in _JOINING_SIGNS or _shows(character)]
    joined = (
        character
        for index, character in enumerate(seen)
        if character not in _JOINING_SIGNS or _joins(seen, index)
    )
    text = "".join(_limit_runs(joined))
    line = " ".join(unicodedata.normalize("NFC", text).split())
    return " ".join("".join(_limit_marks(line)).split())


def _limit_runs(characters: Iterable[str]) -> Iterator[str]:
    run = 0
    for character in characters:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= RUN_LIMIT:
            yield character


def _shows(character: str) -> bool:
    code = ord(character)
    category = unicodedata.category(character)
    if code in _BLANK or category in _DROPPED:
        return False
    return not (_FIRST_EMOJI <= code < _AFTER_EMOJI and category in ("So", "Sk"))


def _joins(seen: list[str], index: int) -> bool:
    before = seen[index - 1] if index else ""
    after = seen[index + 1] if index + 1 < len(seen) else ""
    if not _is_joining(before):
        return False
    # In the encoding of older Malayalam keyboards it ends a word: with the virama it makes a
    # letter.
    at_end = seen[index] == _JOINER and unicodedata.combining(before) == _VIRAMA
    return _is_joining(after) or (at_end and after not in _JOINING_SIGNS)


def _is_joining(character: str) -> bool:
    return bool(character) and unicodedata.name(character, "").partition(" ")[0] in _JOINING


def _limit_marks(line: str) -> list[str]:
    kept: list[str] = []
    marks, signs = 0, SIGN_LIMIT  # no letter precedes that could carry a mark
    for character in line:
        if character in _JOINING_SIGNS:
            kept.append(character)
            continue
        if unicodedata.category(character).startswith("M"):
            signs += 1
            marks += unicodedata.combining(character) not in (0, _VIRAMA)
        else:
            marks, signs = 0, SIGN_LIMIT if character == " " else 0
        if marks <= MARK_LIMIT and signs <= SIGN_LIMIT:
            kept.append(character)
    return kept
