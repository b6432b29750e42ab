"""Detect web and e-mail addresses in a short text, in any spelling.

Mail programs and readers make a link of more than ``https://``: of ``www.`` and of words with a dot
between. Characters that look like a dot, a slash or a colon are treated as one.
"""

import re
import unicodedata

from petition.validation.printable import split_words

# Lookalikes of these that NFKC does not map.
_LOOKS = str.maketrans(
    {
        **dict.fromkeys("\u3002\u06d4\u0701\ua4f8\ua60e", "."),
        **dict.fromkeys("\\\u2044\u2215\u2216\u27cb\u27cd\u29f5\u29f8\u29f9\u2571\u2572", "/"),
        **dict.fromkeys("\u02d0\u0589\u05c3\u05f3\u205a\u2236\ua789\ufe30", ":"),
        "\u051d": "w",
    }
)
_MIDDLE_DOTS = "\u00b7\u0387\u2022\u2027\u2219\u22c5\u30fb"
_MIDDLE_DOT = re.compile(rf"(?<=[a-z0-9])[{_MIDDLE_DOTS}](?=[a-z0-9])")
_ANY_DOT = str.maketrans(dict.fromkeys(_MIDDLE_DOTS, "."))
# Catalan and Gascon words have such a dot: Gal·la.
_WITHIN_WORDS = frozenset(("ll", "nh", "sh"))
_SIGNS = re.compile(
    r"@|//|www\.|[(\[{<](?:at|dot)[>}\])]"
    r"|(?:h(?:tt|xx)ps?|ftps?|mailto|tel|sms|javascript|data|file):"
)
# Abbreviations that people write with a dot and no space after it; a single letter is an initial.
_ABBREVIATIONS = frozenset(
    "capt chas col dr drs ft fr fra gen geo hon ing jas jos jr lic lt ma maj md mlle mme mohd mr "
    "mrs ms mt muhd no ph phd prof pt rev sgt sk so sr sra srta st sta ste sto thos wm".split()
)
# After an initial these are a top-level domain and not a family name.
_TOP_LEVEL = frozenset(
    "ai app biz co com dev edu example gov info io me net org test tk tv xyz".split()
)
# Scripts whose abbreviations have several letters, as in Tamil, Thai or Arabic initials.
_SHORT_WORDS = (
    "ARABIC BENGALI DEVANAGARI ETHIOPIC GUJARATI GURMUKHI HEBREW KANNADA KHMER LAO MALAYALAM "
    "MYANMAR ORIYA SINHALA SYRIAC TAMIL TELUGU THAANA THAI TIBETAN"
).split()


def spell_plainly(text: str) -> str:
    """Return a printable text in lower case and ordinary characters, for checks only.

    - Full-width, circled and mathematical letters, and lookalikes of a dot, a slash or a colon,
      become ordinary ones (NFKC and a list).
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _MIDDLE_DOT.sub(_read_middle_dot, plain.translate(_LOOKS))


def holds_address(plain: str) -> bool:
    """Return whether a text from ``spell_plainly`` contains a web or e-mail address.

    - "://", "www." and "@" count even with spaces in between; words with a dot between
      ("evil.example") unless they are initials or an abbreviation: J.R. Smith, Wm.Smith, Ph.D.
    """
    if plain.replace(" ", "").isalpha():
        return False
    squeezed = "".join(plain.split()).translate(_ANY_DOT)
    if _SIGNS.search(squeezed):
        return True
    return any(_is_address(word) for word in plain.split())


def _is_address(word: str) -> bool:
    host, slash, path = word.partition("/")
    if slash and word != "/" and ("." in host or "/" in path or not (host and path)):
        return True
    return any(map(_is_host, split_words(word, within=".-_")))


def _is_host(word: str) -> bool:
    labels = word.strip(".-_").split(".")
    if len(labels) < 2:
        return False
    last = labels[-1]
    if _count_letters(last) < 2:
        return False
    if last in _TOP_LEVEL:
        return True
    return any(
        sum(map(str.isalnum, label)) > 1 and label not in _ABBREVIATIONS and not _is_short(label)
        for label in labels[:-1]
    )


def _is_short(label: str) -> bool:
    """Return whether a word may be an abbreviation in a script whose abbreviations are longer."""
    return all(
        unicodedata.category(sign).startswith("M")
        or unicodedata.name(sign, "").partition(" ")[0] in _SHORT_WORDS
        for sign in label
    )


def _count_letters(label: str) -> int:
    return sum(map(str.isalpha, label))


def _read_middle_dot(found: re.Match[str]) -> str:
    text, at = found.string, found.start()
    return found[0] if text[at - 1] + text[at + 1] in _WITHIN_WORDS else "."
