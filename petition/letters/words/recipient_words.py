"""A post in a sentence: with its preposition and its article, in a language."""

from dataclasses import dataclass

from petition.letters.words.address_words import translate_title
from petition.letters.words.places import translate_district

_MASCULINE = ("Concejo", "Senado")
_KINDS = (" del Condado", " de la Parroquia")


@dataclass(frozen=True, slots=True)
class RecipientWords:
    """A post: ``title`` alone, ``lead`` what stands before it where something is sent to it.

    - ``is_title_known``: the title is in the language; else it is as the roster has it.
    """

    lead: str
    title: str
    is_title_known: bool


def say_recipient(
    title: str, language: str, *, is_body: bool, name: str | None = None, is_vacant: bool = False
) -> RecipientWords:
    """Return "to the " and a board, "to Ann Doe, " and a seat, "to the next " and a vacant one.

    - Neither ``is_body`` nor a ``name`` nor ``is_vacant``: the seat, whoever holds it.
    """
    if not language.startswith("es"):
        if name:
            return RecipientWords(f"to {name}, ", title, True)
        lead = "to the next " if is_vacant else "to the " if is_body else "to "
        return RecipientWords(lead, title, True)
    known = translate_title(title)
    if known is None:
        lead = f"a {name}, " if name else "a quien ocupe el cargo de " if is_vacant else "a "
        return RecipientWords(lead, title, False)
    said = _join_place(*known)
    if name:
        return RecipientWords(f"a {name}, ", said, True)
    is_masculine = said.startswith(_MASCULINE)
    if is_vacant:
        seat = "a quien ocupe el escaño "
        return RecipientWords(seat + ("del " if is_masculine else "de la "), said, True)
    return RecipientWords("al " if is_masculine else "a la ", said, True)


def _join_place(kind: str, place: str) -> str:
    """Return "Junta de Comisionados del condado de Essex", "Senado estatal, distrito First Essex".

    - A body's name and its county's would both say that it is a county's: it is said once.
    """
    if not place:
        return kind
    plain, article = translate_district(place)
    if article and kind.startswith(("Senado", "Cámara", "Asamblea estatal")):
        return f"{kind}, {plain}"
    for said in _KINDS if article else ():
        kind = kind.removesuffix(said)
    if article == "el":
        return f"{kind} del {plain}"
    return f"{kind} de {article} {plain}" if article else f"{kind} de {plain}"
