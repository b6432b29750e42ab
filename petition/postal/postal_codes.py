"""ZIP codes as people write them: five digits or nine, with any dash and digits of any script."""

import re
import unicodedata

# Characters; nothing longer is looked at.
LONGEST_TYPED = 40
_ZIP = re.compile(r"([0-9]{5})(?: ?-? ?[0-9]{4})?")
# Dashes that are none by Unicode's category: minus signs, bullets, a Japanese keyboard's stroke.
_DASHES = frozenset("\u2212\u02d7\u2043\u30fc\uff70\u2500\u2501\u207b\u208b\u2796_~")
_REVERSING = "\u202e"
_STOPS = " .,;:'\"`"


def read_postal_code(typed: str) -> str | None:
    """Return the five digits of a ZIP or ZIP+4; None when it is not one.

    - Digits of any script and width count, and a dash of any length, with blanks around it.
    - What prints nothing goes, wherever it stands; so does a full stop at an end. The override that
      turns digits round stays, and is refused: another ZIP was seen.
    """
    if len(typed) == 5 and typed.isascii() and typed.isdigit():
        return typed
    if len(typed) > LONGEST_TYPED:
        return None
    text = "".join(map(_spell, typed))
    match = _ZIP.fullmatch(" ".join(text.split()).strip(_STOPS))
    return match[1] if match else None


def _spell(character: str) -> str:
    """Return what a character stands for in a ZIP; empty for what prints nothing."""
    if character.isspace():
        return " "
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(character)
    if category == "Pd" or character in _DASHES:
        return "-"
    if character == _REVERSING:
        return character
    # Marks too: an emoji's selector stands behind a digit that a telephone made one of.
    return "" if category in ("Cf", "Cc", "Mn", "Me") else character
