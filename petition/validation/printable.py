"""Text that people typed, without what cannot be seen: form, letter and mail agree on it.

What goes are the characters that print nothing or turn the line round: they would hide text from a
reader or shuffle its neighbours. What people see of their words stays, in any script.
"""

import unicodedata
from collections.abc import Iterable, Iterator

MARK_LIMIT = 4  # accents on one letter; Vietnamese needs 2, pointed Hebrew 3
SIGN_LIMIT = 8  # marks of any kind on one letter; a Burmese syllable has up to 6
# So many marks in a run are put in order, which takes time in the square of their number (UAX 15,
# Stream-Safe Text Format). Of more, SIGN_LIMIT keeps nothing that these do not have.
RUN_LIMIT = 30
# Letters, marks and symbols by Unicode's categories that yet print nothing: its property
# Default_Ignorable_Code_Point, Braille's blank, joiners of old scripts, stand-ins for a loss.
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
# Overrides show the letters behind them in another order than the one that would be printed.
_OVERRIDES = frozenset("\u202d\u202e")
_SPACE_JOINER, _JOINER = "\u200c", "\u200d"
_JOINING_SIGNS = frozenset((_SPACE_JOINER, _JOINER))
_VIRAMA = 9  # combining class of the sign that takes a letter's vowel away
# Scripts in which a joiner between two letters changes how the word is written.
_JOINING = frozenset(
    "ARABIC SYRIAC DEVANAGARI BENGALI GURMUKHI GUJARATI ORIYA TAMIL TELUGU KANNADA MALAYALAM "
    "SINHALA KHMER MYANMAR MONGOLIAN".split()
)
_FIRST_EMOJI = 0x1F000  # pictographs; no text font for print has them
_AFTER_EMOJI = 0x20000
_ROUNDS = 3


def make_printable(text: str) -> str:
    """Return ``text`` on one line as it is printed; made printable again, it stays as it is.

    - White space of any kind becomes single spaces; composed form (NFC).
    - Control, format, bidi, unassigned and private characters go, and emoji; the joiners that
      Arabic and Indic spelling needs stay.
    - Marks without a letter go, and those that pile up on one.
    - The time grows with the length of the text, and with no power of it.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    for _ in range(_ROUNDS):
        before, text = text, _print_once(text)
        if text == before:
            return text
    # Joiners that lean on one another: without any, once is enough.
    return _print_once(text.replace(_JOINER, "").replace(_SPACE_JOINER, ""))


def is_unprintable(character: str) -> bool:
    """Return whether a character is no text at all, or what is seen would not be what is printed.

    - So are the characters of scripts that are not known here, which would be left out.
    - Spaces are text, and so is what prints nothing by design, and emoji: these go without a word.
    """
    category = unicodedata.category(character)
    if category in ("Cc", "Cs", "Co") or character in _OVERRIDES:
        return not character.isspace()
    code = ord(character)
    return category == "Cn" and not (code in _BLANK or _FIRST_EMOJI <= code < _AFTER_EMOJI)


def has_letter(text: str) -> bool:
    """Return whether a printable text has a letter of any script."""
    # Modifier letters (Lm) are apostrophes and length marks: they stand beside a letter.
    return any(unicodedata.category(character) in ("Lu", "Ll", "Lt", "Lo") for character in text)


def split_words(text: str, within: str = "") -> list[str]:
    """Return the runs of letters, marks and digits of a text, and of the signs ``within`` words."""
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
    # In the Malayalam of older keyboards it ends a word: with the virama it makes a letter.
    at_end = seen[index] == _JOINER and unicodedata.combining(before) == _VIRAMA
    return _is_joining(after) or (at_end and after not in _JOINING_SIGNS)


def _is_joining(character: str) -> bool:
    return bool(character) and unicodedata.name(character, "").partition(" ")[0] in _JOINING


def _limit_marks(line: str) -> list[str]:
    kept: list[str] = []
    marks, signs = 0, SIGN_LIMIT  # nothing stands before the first that could carry one
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
