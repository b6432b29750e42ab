"""A district in a sentence: with its article and its preposition, in a letter's language."""

import re
from dataclasses import dataclass

# The Census Bureau's and the states' kinds of districts: its words in Spanish, and their gender.
_SPANISH = (
    (re.compile(r"(.+) County"), "condado de {}", "el"),
    (re.compile(r"(.+) Parish"), "parroquia de {}", "la"),
    (re.compile(r"(.+) Municipio"), "municipio de {}", "el"),
    (re.compile(r"(.+) Borough"), "municipio de {}", "el"),
    (re.compile(r"Congressional District (.+)"), "distrito {} del Congreso", "el"),
    (re.compile(r"State Senate District (.+)"), "distrito {} del Senado estatal", "el"),
    (
        re.compile(r"State (?:House|Assembly) District (.+)"),
        "distrito {} de la Cámara estatal",
        "el",
    ),
    (re.compile(r"(.+) District"), "distrito {}", "el"),
)


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """A district: ``name`` alone, ``full`` with its article, ``of`` and ``within`` before it."""

    name: str
    full: str
    of: str
    within: str


def say_place(name: str, language: str, state: str | None = None) -> PlaceWords:
    """Return a district's forms; ``name`` as ``District.say`` has it, ``state`` put behind each."""
    end = f", {state}" if state else ""
    if not language.startswith("es"):
        plain = name.removeprefix("the ")
        return PlaceWords(f"{plain}{end}", f"{name}{end}", f"of {name}{end}", f"in {name}{end}")
    plain, article = translate_district(name)
    full = f"{article} {plain}" if article else plain
    of = f"del {plain}" if article == "el" else f"de {full}"
    return PlaceWords(f"{plain}{end}", f"{full}{end}", f"{of}{end}", f"en {full}{end}")


def translate_district(name: str) -> tuple[str, str]:
    """Return a district's name in Spanish and its article; the name itself and "" if unknown."""
    for pattern, words, article in _SPANISH:
        if found := pattern.fullmatch(name):
            return words.format(found[1]), article
    return name, ""
