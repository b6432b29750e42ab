"""Text normalization: characters that look alike are replaced by the same one."""

import re
import unicodedata

# Full stops, slashes, colons, dashes and quotation marks of other scripts and of mathematics.
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
# Letters of other scripts that look like Latin ones.
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕѡԁɡһӏԛԝвкмнтαοερτυικνχηɩıɑϲ",
    "aeopcyxijswdghlqwbkmhtaoeptuiknxniiac",
)
# Letters in circles and squares that NFKC does not decompose: the code point of each "A".
_BOXED = (0x1F150, 0x1F170, 0x1F1E6)


def make_plain(text: str) -> str:
    """Return ``text`` in compatibility form (NFKC) without invisible characters, case preserved.

    - Full-width and mathematical letters become plain ones, digits of any script ASCII digits, and
      full stops, slashes and dashes of other scripts ASCII ones.
    """
    if text.isascii():
        return text.replace("\\", "/")
    folded = unicodedata.normalize("NFKC", text.translate(_MARKS))
    return "".join(map(_fold_character, folded)).translate(_MARKS)


def make_latin(plain: str) -> str:
    """Return plain text in lower case without accents, look-alikes replaced by Latin letters."""
    lowered = plain.lower()
    if lowered.isascii():
        return lowered
    apart = unicodedata.normalize("NFKD", lowered)
    bare = "".join(c for c in apart if unicodedata.category(c) != "Mn")
    return bare.translate(_LOOKALIKES)


def make_same(text: str) -> str:
    """Return a key that is equal for texts that differ only in case, spaces and punctuation.

    - Of text without any letter or digit only the spaces are removed.
    """
    folded = make_plain(text).casefold()
    kept = "".join(c for c in folded if unicodedata.category(c)[0] in "LMN")
    return kept or re.sub(r"\s+", "", text)


def _fold_character(character: str) -> str:
    code = ord(character)
    category = unicodedata.category(character)
    # Format characters, variation selectors, fillers, and enclosing marks such as the keycap.
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
