"""Parse ZIP codes as typed: five digits or nine, with any dash and digits of any script."""

import re
import unicodedata

# Characters; longer texts are not parsed.
LONGEST_TYPED = 40
_ZIP = re.compile(r"([0-9]{5})(?: ?-? ?[0-9]{4})?")
# Dashes outside Unicode's category Pd: minus signs, bullets, a stroke of Japanese keyboards.
_DASHES = frozenset("\u2212\u02d7\u2043\u30fc\uff70\u2500\u2501\u207b\u208b\u2796_~")
_REVERSING = "\u202e"
_STOPS = " .,;:'\"`"


def read_postal_code(typed: str) -> str | None:
    """Return the five digits of a ZIP or ZIP+4; None when it is not one.

    - Digits of any script and width are accepted, and a dash of any length, with spaces around it.
    - Invisible characters are removed, and punctuation at the ends. The right-to-left override is
      kept and so refused: it displays another ZIP than the one typed.
    """
    if len(typed) == 5 and typed.isascii() and typed.isdigit():
        return typed
    if len(typed) > LONGEST_TYPED:
        return None
    text = "".join(map(_spell, typed))
    match = _ZIP.fullmatch(" ".join(text.split()).strip(_STOPS))
    return match[1] if match else None


def _spell(character: str) -> str:
    """Return the meaning of a character in a ZIP; empty for an invisible one."""
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
    # Marks too: phones put an emoji's variation selector after a digit.
    return "" if category in ("Cf", "Cc", "Mn", "Me") else character
