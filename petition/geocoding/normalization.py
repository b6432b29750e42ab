"""Normalize a signer's address for geocoders; the stored address is not changed.

Nothing is refused, and the result is neither shown to the signer nor stored. Offline, after the
Postal Service's Publication 28:

- Streets have one spelling: "17 Example Street" and "17 example st." are "17 EXAMPLE ST", so that
  they share a cache entry.
- Apartments, units, suites and floors are dropped: the building lies in one district, and half of
  the geocoders do not know units. The number of a road is not a unit: street_units.py.
- A post office box, general delivery and a rural route or highway contract box (RR, HC) are mailing
  addresses and do not locate a home: po_boxes.py. Their street is dropped, so only a geocoder that
  can use the ZIP is asked. If a street address is given as well, only the box is dropped.
- Military addresses (APO, FPO, DPO; PSC, CMR and UNIT boxes) are valid and in no district.
- A town, state and ZIP after the street are moved to their own fields: trailing_place.py.
- Where the parser (usaddress-scourgify) fails or would lose a word, the address is used as typed,
  in capitals and with single spaces.
- A text without a letter, or with more than LONGEST_STREET characters, is no street.

Nothing is guessed: no ZIP is added, no city corrected, no state filled in.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from scourgify import normalize_address_record

from petition.geocoding.geocoder import Address
from petition.geocoding.po_boxes import MailOnly, part_box
from petition.geocoding.street_units import drop_unit, is_unit
from petition.geocoding.trailing_place import split_place
from petition.postal.us_states import MILITARY, find_region_code
from petition.postal.zip_places import clean_postal_code, known_postal_code

# The Census refuses longer ones, and some hosts refuse such long requests.
LONGEST_STREET = 100

_MILITARY_PLACES = frozenset({"APO", "FPO", "DPO"})
_SIGN_BEFORE_NUMBER = re.compile(r"#\s*(?=\w)")
_NUMBER = re.compile(r"\d+")


class AddressKind(StrEnum):
    """How far an address can locate a home."""

    STREET = "street"
    POSTAL = "postal"  # no street was given
    POST_OFFICE_BOX = "post-office-box"
    RURAL_ROUTE = "rural-route"
    MILITARY = "military"


_KINDS = {
    MailOnly.BOX: AddressKind.POST_OFFICE_BOX,
    MailOnly.ROUTE: AddressKind.RURAL_ROUTE,
    MailOnly.FORCES: AddressKind.MILITARY,
}
# Mailing addresses only, so their signers are asked where they live.
BOXES = frozenset({AddressKind.POST_OFFICE_BOX, AddressKind.RURAL_ROUTE})


@dataclass(frozen=True, slots=True)
class Normalized:
    """An address to ask geocoders for; ``street_address`` is empty unless its kind is STREET."""

    address: Address
    kind: AddressKind


def normalize(address: Address) -> Normalized:
    """Return the normalized address and its kind; raises nothing."""
    typed = split_place(address)
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
    """Return the street in the Postal Service's spelling, with all its numbers."""
    street = " ".join(_SIGN_BEFORE_NUMBER.sub(" ", street).split())
    try:
        record = normalize_address_record(
            {
                "address_line_1": street,
                "address_line_2": None,
                # The parser requires a place, and does not check it.
                "city": "Anywhere",
                "state": "MA",
                "postal_code": "",
            },
            strict=False,
        )
    except Exception:  # it raises many classes, and its messages quote the address
        record = {}
    spelt = str(record.get("address_line_1") or "")
    # The parser may take road numbers for units, and words for numbers.
    return spelt if _NUMBER.match(spelt) and _is_whole(spelt, street) else street


def _is_whole(spelt: str, street: str) -> bool:
    """Return whether no word is lost: each is in its position, possibly abbreviated or expanded."""
    before, after = street.replace(",", " ").split(), spelt.split()
    return len(before) == len(after) and all(
        one == other or _is_shorter(one, other) for one, other in zip(before, after, strict=True)
    )


def _is_shorter(word: str, spelt: str) -> bool:
    """Return whether a word of more than two letters has another spelling, without digits."""
    return len(word) > 2 and not any(sign.isdigit() for sign in word + spelt)


def _tidy(text: str) -> str:
    return " ".join(text.split()).upper()
