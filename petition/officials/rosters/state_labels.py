"""Match a state's own label of a district ("Second Essex and Middlesex") by rule.

- A label and the last part of an Open Civic Data id are brought to one spelling and must then be
  equal: ``sldu:2nd_essex_and_middlesex``. TIGER's names are not used.
- Lower case; ordinals in words become digits; commas, full stops and apostrophes are dropped;
  spaces, hyphens, slashes and underscores are equal; numbers lose leading zeros.
"""

import re
import unicodedata

_UNITS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
TENS = {word: 10 * number for number, word in enumerate(_TENS, 2)}
ORDINALS = {word: number for number, word in enumerate(_UNITS, 1)} | {
    f"{word[:-1]}ieth": number for word, number in TENS.items()
}


def spell_label(label: str) -> str:
    """Return a label, or the last part of a division id, in the common spelling."""
    text = unicodedata.normalize("NFC", label).casefold().replace("&", " and ")
    words = [word for word in re.split(r"[\s_/–-]+", text) if word]
    tidy = [re.sub(r"[^\w]", "", word) for word in words]
    return "_".join(re.sub(r"^0+(?=\d)", "", word) for word in _replace_ordinals(tidy) if word)


def list_spellings(division_id: str) -> set[str]:
    """Return the spellings of labels that match a division: "1", and "ward_1" as well."""
    kind, _, value = division_id.rpartition("/")[2].partition(":")
    return {spell_label(value), spell_label(f"{kind} {value}")}


def spell_ordinal(number: int) -> str:
    """Return 1 as "1st", 12 as "12th", 22 as "22nd"."""
    teens = 10 <= number % 100 < 20
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _replace_ordinals(words: list[str]) -> list[str]:
    """Write ordinals in digits; "thirty first" is one number in two words."""
    counted: list[str] = []
    tens = ""
    for word in words:
        number = ORDINALS.get(word)
        if number is None or (tens and number > 9):
            counted += [tens] if tens else []
            tens = word if word in TENS else ""
            counted += [] if tens else [word if number is None else spell_ordinal(number)]
        else:
            counted.append(spell_ordinal(number + TENS.get(tens, 0)))
            tens = ""
    return counted + ([tens] if tens else [])
