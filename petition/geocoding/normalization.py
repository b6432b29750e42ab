"""Makes of what a signer typed what geocoders should be asked for; what they typed is kept as is.

Typing stays free: nothing is refused, and nothing here is shown to the signer or stored. Offline,
after the Postal Service's Publication 28:

- Streets are spelt one way: "17 Example Street" and "17 example st." are "17 EXAMPLE ST", so that
  the cache knows them as one.
- Apartments, units, suites and floors are dropped: the building lies in one district, and half of
  the geocoders do not know its doors. The number of a road is none of these: street_units.py.
- A box at the post office, general delivery and a rural route or highway contract box (RR, HC) say
  where mail waits and not where somebody lives: po_boxes.py. Their street is dropped, so only a
  geocoder that can do with the ZIP is asked. A box beside a street address is dropped alone.
- The armed forces' addresses (APO, FPO, DPO; PSC, CMR and UNIT boxes) are real and in no district.
- A town, state and ZIP behind the street go to fields of their own: trailing_place.py.
- Where the parser (usaddress-scourgify) gives up or would lose a word, the address goes out as it
  was typed, in capitals and with its blanks tidied.
- What has no letter, or more than LONGEST_STREET characters, is no street.

Nothing is ever guessed: no ZIP is added, no city mended, no state filled in.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from scourgify import normalize_address_record

from petition.geocoding.geocoder import Address
from petition.geocoding.po_boxes import Wait, part_box
from petition.geocoding.street_units import drop_unit, is_unit
from petition.geocoding.trailing_place import part_place
from petition.postal.us_states import MILITARY, find_region_code
from petition.postal.zip_places import clean_postal_code, known_postal_code

# The Census refuses longer ones, and some hosts refuse so long a request.
LONGEST_STREET = 100

_MILITARY_PLACES = frozenset({"APO", "FPO", "DPO"})
_SIGN_BEFORE_NUMBER = re.compile(r"#\s*(?=\w)")
_NUMBER = re.compile(r"\d+")


class AddressKind(StrEnum):
    """What an address can say of where somebody lives."""

    STREET = "street"
    POSTAL = "postal"  # no street was given
    POST_OFFICE_BOX = "post-office-box"
    RURAL_ROUTE = "rural-route"
    MILITARY = "military"


_KINDS = {
    Wait.BOX: AddressKind.POST_OFFICE_BOX,
    Wait.ROUTE: AddressKind.RURAL_ROUTE,
    Wait.FORCES: AddressKind.MILITARY,
}
# They say where mail waits, so whoever wrote one is asked where they live.
BOXES = frozenset({AddressKind.POST_OFFICE_BOX, AddressKind.RURAL_ROUTE})


@dataclass(frozen=True, slots=True)
class Normalized:
    """An address to ask geocoders for; ``street_address`` is empty unless its kind is STREET."""

    address: Address
    kind: AddressKind


def normalize(address: Address) -> Normalized:
    """Return what to ask for, and what kind of address it is; raises nothing."""
    typed = part_place(address)
    region = typed.region.strip()
    plain = replace(
        typed,
        street_address="",
        locality=_tidy(typed.locality),
        region=find_region_code(region) or _tidy(region),
        postal_code=clean_postal_code(typed.postal_code) or _tidy(typed.postal_code),
    )
    if _is_military(plain):
        return Normalized(plain, AddressKind.MILITARY)
    parted = part_box(typed.street_address)
    if parted.wait is not None:
        return Normalized(plain, _KINDS[parted.wait])
    street = parted.street
    if is_unit(street) or not any(character.isalpha() for character in street):
        return Normalized(plain, AddressKind.POSTAL)
    street = _spell(drop_unit(street))
    if len(street) > LONGEST_STREET:
        return Normalized(plain, AddressKind.POSTAL)
    return Normalized(replace(plain, street_address=street), AddressKind.STREET)


def _is_military(plain: Address) -> bool:
    place = known_postal_code(plain.postal_code)
    return (
        plain.region in MILITARY
        or plain.locality in _MILITARY_PLACES
        or (place is not None and place.is_military)
    )


def _spell(street: str) -> str:
    """Return the street as the Postal Service spells it, with every number that it has."""
    street = " ".join(_SIGN_BEFORE_NUMBER.sub(" ", street).split())
    try:
        record = normalize_address_record(
            {
                "address_line_1": street,
                "address_line_2": None,
                # It spells no street without a place, and looks no further at that.
                "city": "Anywhere",
                "state": "MA",
                "postal_code": "",
            },
            strict=False,
        )
    except Exception:  # it stumbles in many ways, and its errors quote the address
        record = {}
    spelt = str(record.get("address_line_1") or "")
    # It takes the numbers of roads for flats, and words for numbers.
    return spelt if _NUMBER.match(spelt) and _is_whole(spelt, street) else street


def _is_whole(spelt: str, street: str) -> bool:
    """Return whether no word is lost: each is there, in its place, if shorter or longer."""
    before, after = street.replace(",", " ").split(), spelt.split()
    return len(before) == len(after) and all(
        one == other or _is_shorter(one, other) for one, other in zip(before, after, strict=True)
    )


def _is_shorter(word: str, spelt: str) -> bool:
    """Return whether a word of more than two letters is spelt in another way."""
    return len(word) > 2 and not any(sign.isdigit() for sign in word + spelt)


def _tidy(text: str) -> str:
    return " ".join(text.split()).upper()
