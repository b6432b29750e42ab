"""The post of a letter's addressee in the letter's language, with "The Honorable" by its role.

In Spanish a seat is named by its chamber and its holder is greeted by name, since a roster does not
tell whether a senator is a man or a woman.
"""

import re
from dataclasses import dataclass

from petition.letters.words.places import translate_district
from petition.models import PostRole
from petition.models.officials.post import Addressee

# Elected persons, by the rules of forms of address; members of bodies are greeted together.
ELECTED = frozenset(PostRole) - {PostRole.COUNCIL, PostRole.BOARD}
_HONORED = re.compile(r"(?:the )?hon(?:orable|\.)? ", re.IGNORECASE)
_TITLES = {
    "Board of Commissioners": "Junta de Comisionados",
    "Board of County Commissioners": "Junta de Comisionados",
    "Board of Supervisors": "Junta de Supervisores",
    "Board": "Junta de Gobierno",
    "County Board": "Junta del Condado",
    "County Commission": "Comisión del Condado",
    "County Council": "Concejo del Condado",
    "County Legislature": "Legislatura del Condado",
    "Commissioners Court": "Corte de Comisionados",
    "Fiscal Court": "Corte Fiscal",
    "Quorum Court": "Corte de Quórum",
    "City Council": "Concejo Municipal",
    "Town Council": "Concejo Municipal",
    "Municipal Council": "Concejo Municipal",
    "Municipal Legislature": "Legislatura Municipal",
    "Parish Council": "Concejo de la Parroquia",
    "Council": "Concejo",
    "Assembly": "Asamblea",
    "Legislature": "Legislatura",
    "State Senator": "Senado estatal",
    "State Representative": "Cámara de Representantes estatal",
    "State Delegate": "Cámara de Delegados estatal",
    "Assembly Member": "Asamblea estatal",
    "U.S. Senator": "Senado de los Estados Unidos",
    "U.S. Representative": "Cámara de Representantes de los Estados Unidos",
}
_OFFICES = {"Mayor of ": "Alcaldía de ", "Governor of ": "Gobernación de "}
_SALUTATIONS = {
    "Dear Members of the Board": "Estimados miembros de la Junta",
    "Dear Members of the Council": "Estimados miembros del Concejo",
    "Dear Members of the Court": "Estimados miembros de la Corte",
    "Dear Members of the Assembly": "Estimados miembros de la Asamblea",
    "Dear Commissioners": "Estimados comisionados",
    "Dear Legislators": "Estimados legisladores",
}
_BY_ROLE = {
    PostRole.BOARD: "Estimados miembros de la Junta",
    PostRole.COUNCIL: "Estimados miembros del Concejo",
}


@dataclass(frozen=True, slots=True)
class AddressWords:
    """What a letter calls its addressee; ``is_title_known``: the post is in its language."""

    name: str | None
    title: str
    salutation: str
    is_title_known: bool


def say_address(addressee: Addressee, language: str) -> AddressWords:
    """Return the words for an addressee in a letter's language."""
    spanish = language.startswith("es")
    name = addressee.name
    if name and addressee.role in ELECTED and not _HONORED.match(name):
        name = f"Honorable {name}" if spanish else f"The Honorable {name}"
    if not spanish:
        return AddressWords(name, addressee.title, addressee.salutation, True)
    title = _translate(addressee.title)
    return AddressWords(name, title or addressee.title, _greet(addressee, name), title is not None)


def translate_title(title: str) -> tuple[str, str] | None:
    """Return the Spanish name of a post's chamber or body, and its place as given; None if unknown.

    - The place is empty where it is part of the name, as in "Alcaldía de Springfield".
    """
    for english, spanish in _OFFICES.items():
        if title.startswith(english):
            return spanish + title.removeprefix(english), ""
    kind, _, place = title.partition(", ")
    return (_TITLES[kind], place) if kind in _TITLES else None


def _translate(title: str) -> str | None:
    known = translate_title(title)
    if known is None:
        return None
    kind, place = known
    return f"{kind}, {translate_district(place)[0]}" if place else kind


def _greet(addressee: Addressee, name: str | None) -> str:
    if name:
        return name if _HONORED.match(name) else f"Honorable {name}"
    known = _SALUTATIONS.get(addressee.salutation)
    return known or _BY_ROLE.get(PostRole(addressee.role), "A quien corresponda")
