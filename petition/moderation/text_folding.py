"""Text made plain: what looks alike to a reader becomes the same characters."""

import re
import unicodedata

# Full stops, slashes and colons of other scripts and of mathematics, as people read them.
_MARKS = str.maketrans(
    {
        **dict.fromkeys("。·•∙⋅‧・․⸳｡", "."),
        **dict.fromkeys("⁄∕⧸\\", "/"),
        **dict.fromkeys("∶ː꞉", ":"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("‘’‚", "'"),
    }
)
# Letters of other scripts that are drawn as Latin ones.
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕѡԁɡһӏԛԝвкмнтαοερτυικνχηɩıɑϲ",
    "aeopcyxijswdghlqwbkmhtaoeptuiknxniiac",
)
# Letters in circles and squares that Unicode does not break down, by where each alphabet begins.
_BOXED = (0x1F150, 0x1F170, 0x1F1E6)


def make_plain(text: str) -> str:
    """Return ``text`` in its compatibility form, without what prints nothing, case kept.

    - Full-width and mathematical letters become plain ones, digits of any script ASCII ones, other
      scripts' full stops, slashes and dashes ours.
    """
    if text.isascii():
        return text.replace("\\", "/")
    folded = unicodedata.normalize("NFKC", text.translate(_MARKS))
    return "".join(map(_fold_character, folded)).translate(_MARKS)


def make_latin(plain: str) -> str:
    """Return plain text in small letters without accents, look-alikes as the Latin they mimic."""
    lowered = plain.lower()
    if lowered.isascii():
        return lowered
    apart = unicodedata.normalize("NFKD", lowered)
    bare = "".join(c for c in apart if unicodedata.category(c) != "Mn")
    return bare.translate(_LOOKALIKES)


def make_same(text: str) -> str:
    """Return what two texts have in common that differ in case, spaces and punctuation alone.

    - Text without any letter or digit stays as it is, but for its spaces.
    """
    folded = make_plain(text).casefold()
    kept = "".join(c for c in folded if unicodedata.category(c)[0] in "LMN")
    return kept or re.sub(r"\s+", "", text)


def _fold_character(character: str) -> str:
    code = ord(character)
    category = unicodedata.category(character)
    # Format marks and variation selectors; the keycap's ring round a digit.
    if category in ("Cf", "Me") or 0xFE00 <= code <= 0xFE0F or code in (0x034F, 0x115F, 0x3164):
        return ""
    if category == "Nd":
        return str(unicodedata.digit(character))
    if category == "Zs":
        return " "
    for first in _BOXED:
        if first <= code < first + 26:
            return chr(ord("a") + code - first)
    return character
