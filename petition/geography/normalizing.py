"""Makes of what a signer typed what geocoders should be asked for; what they typed is kept as is.

Typing stays free: nothing is refused, and nothing here is shown to the signer or stored. Offline,
by usaddress-scourgify, after the Postal Service's Publication 28:

- Streets are spelt one way: "17 Example Street" and "17 example st." are "17 EXAMPLE ST", so that
  the cache knows them as one.
- Apartments, units, suites and floors are dropped: the building lies in one district, and half of
  the geocoders do not know its doors.
- A box at the post office, general delivery and a rural route or highway contract box (RR, HC) say
  where mail waits and not where somebody lives. Their street is dropped, so only a geocoder that
  can do with the ZIP is asked. A box beside a street address is dropped alone.
- The armed forces' addresses (APO, FPO, DPO; PSC, CMR and UNIT boxes) are real and in no district.
- Where the parser gives up, or finds no house number, the address goes out as it was typed, in
  capitals and with its blanks tidied.
- What has no letter, or more than LONGEST_STREET characters, is no street.

Nothing is ever guessed: no ZIP is added, no city mended, no state filled in.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from scourgify import normalize_address_record

from petition.geography.geocoders.protocol import Address
from petition.geography.postal import clean_postal_code, known_postal_code
from petition.us_states import MILITARY

# The Census refuses longer ones, and some hosts refuse so long a request.
LONGEST_STREET = 100

_MILITARY_PLACES = frozenset({"APO", "FPO", "DPO"})
_BOX = r"(?:BOX|BX)\s*#?\s*\w[\w-]*"
_POST_OFFICE_BOX = re.compile(
    rf"\b(?:P\.?\s*O\.?\s*{_BOX}|POST(?:AL)?\s+OFFICE\s+{_BOX}|POB\s+\d+|GENERAL\s+DELIVERY)\b"
    rf"|^{_BOX}$"
)
_RURAL_ROUTE = re.compile(
    rf"(?:RR|R\.R\.|RURAL\s+R(?:OU)?TE|HC|HCR|HIGHWAY\s+CONTRACT(?:\s+ROUTE)?|STAR\s+ROUTE)"
    rf"\s*#?\s*\d+(?:[\s,]+{_BOX})?"
    rf"|(?:RFD|RTE?|ROUTE)\s*#?\s*\d+[\s,]+{_BOX}"
)
_MILITARY_BOX = re.compile(rf"(?:PSC|CMR|OMC|UNIT)\s*#?\s*\d+[\s,]+{_BOX}\b.*")
_NUMBER = re.compile(r"\d+")
_DESIGNATOR = re.compile(r"[\s,]+(?:(?:APT|APARTMENT|UNIT|STE|SUITE|RM|ROOM)\b\.?\s*#?|#)\s*\w*$")


class Kind(StrEnum):
    """What an address can say of where somebody lives."""

    STREET = "street"
    POSTAL = "postal"  # no street was given
    POST_OFFICE_BOX = "post-office-box"
    RURAL_ROUTE = "rural-route"
    MILITARY = "military"


# Where mail waits, and nobody is known to live.
BOXES = frozenset({Kind.POST_OFFICE_BOX, Kind.RURAL_ROUTE})


@dataclass(frozen=True, slots=True)
class Normalized:
    """An address to ask geocoders for; ``street_address`` is empty unless its kind is STREET."""

    address: Address
    kind: Kind


def normalize(address: Address) -> Normalized:
    """Return what to ask for, and what kind of address it is; raises nothing."""
    typed = _tidy(address.street_address)
    plain = replace(
        address,
        street_address="",
        locality=_tidy(address.locality),
        region=_tidy(address.region),
        postal_code=clean_postal_code(address.postal_code) or _tidy(address.postal_code),
    )
    if _is_military(plain, typed):
        return Normalized(plain, Kind.MILITARY)
    if _RURAL_ROUTE.fullmatch(typed):
        return Normalized(plain, Kind.RURAL_ROUTE)
    street = _tidy(_POST_OFFICE_BOX.sub(" ", typed)).strip(" ,;")
    if not any(character.isalpha() for character in street):
        boxed = _POST_OFFICE_BOX.search(typed) is not None
        return Normalized(plain, Kind.POST_OFFICE_BOX if boxed else Kind.POSTAL)
    if len(street) > LONGEST_STREET:
        return Normalized(plain, Kind.POSTAL)
    return Normalized(replace(plain, street_address=_spell(street, plain)), Kind.STREET)


def _is_military(plain: Address, street: str) -> bool:
    place = known_postal_code(plain.postal_code)
    return (
        plain.region in MILITARY
        or plain.locality in _MILITARY_PLACES
        or (place is not None and place.is_military)
        or _MILITARY_BOX.fullmatch(street) is not None
    )


def _spell(street: str, plain: Address) -> str:
    """Return the street as the Postal Service spells it, without its unit."""
    try:
        record = normalize_address_record(
            {
                "address_line_1": street,
                "address_line_2": None,
                "city": plain.locality,
                "state": plain.region,
                "postal_code": plain.postal_code,
            },
            strict=False,
        )
    except Exception:  # it stumbles in many ways, and its errors quote the address
        record = {}
    spelt = str(record.get("address_line_1") or "")
    house = _NUMBER.match(spelt)
    # Whatever it took for the house must be there: a word for a number would else be lost.
    if house and house.group() in _NUMBER.findall(street):
        return spelt
    return _DESIGNATOR.sub("", street) or street


def _tidy(text: str) -> str:
    return " ".join(text.split()).upper()
