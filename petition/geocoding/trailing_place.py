"""Split a street line from the town, state and ZIP that people write after it.

- Five digits are a ZIP only after a state or a comma: "1234 County Rd 12345" ends in a road's
  number.
- A town is the text after the last comma, or the known town of the address or ZIP.
"""

import re
from dataclasses import replace

from petition.geocoding.geocoder import Address
from petition.geocoding.street_words import DIRECTIONS, OWNERS, PLAIN_KINDS, ROADS, tidy
from petition.postal.us_states import MILITARY, find_region_code
from petition.postal.zip_places import known_postal_code

_ZIP = re.compile(r"(?P<gap>[\s,]+)(?P<code>\d{5})(?:\s?-?\s?\d{4})?$")
_COUNTRY = re.compile(r"[\s,]+(?:USA|US|UNITED STATES(?: OF AMERICA)?|EE ?UU)$")
_WORDS_OF_A_STATE = 4
_KINDS = PLAIN_KINDS | ROADS | DIRECTIONS


def split_place(address: Address) -> Address:
    """Return the address, its street tidied and without the place that was typed after it.

    - Fields that were filled stay; the place after the street fills the empty ones.
    """
    line = tidy(address.street_address)
    rest, code = _split_zip(_COUNTRY.sub("", line))
    rest, region = _split_state(rest, behind=bool(code))
    if region in MILITARY:  # po_boxes.py recognizes it by this part
        return replace(address, street_address=line)
    if not (code or region):
        return replace(address, street_address=_drop_town(rest, (address.locality,)))
    known = known_postal_code(code or address.postal_code)
    towns = (address.locality, known.place if known else "")
    street = _drop_town(rest, towns)
    town = rest.removeprefix(street).strip(" ,")
    if street == rest and "," in rest:
        first, _, last = rest.rpartition(",")
        if last.strip() and not any(sign.isdigit() for sign in last):
            street, town = first.strip(" ,"), last.strip()
    return replace(
        address,
        street_address=street,
        locality=address.locality or town,
        region=address.region or region,
        postal_code=address.postal_code or code,
    )


def _split_zip(line: str) -> tuple[str, str]:
    found = _ZIP.search(line)
    if found is None:
        return line, ""
    rest = line[: found.start()]
    stated = _split_state(rest, behind=True)[1]
    return (rest, found["code"]) if stated or "," in found["gap"] else (line, "")


def _split_state(line: str, *, behind: bool) -> tuple[str, str]:
    """Return the line without the state at its end.

    - Without a ZIP after it, only after a comma, or after a town that follows one.
    """
    words = line.replace(",", " , ").split()
    last = line.rpartition(",")
    behind = behind or (bool(last[1]) and not any(sign.isdigit() for sign in last[2]))
    for count in range(min(_WORDS_OF_A_STATE, len(words) - 1), 0, -1):
        written = words[-count:]
        before = words[-count - 1]
        unlike = any(sign == "," or sign.isdigit() for sign in "".join(written))
        if unlike or (before != "," and not behind) or before in OWNERS:
            continue
        code = find_region_code(" ".join(written))
        if code and any(sign.isalpha() for sign in "".join(words[:-count])):
            return " ".join(words[:-count]).replace(" ,", ",").rstrip(" ,"), code
    return line, ""


def _drop_town(line: str, towns: tuple[str, ...]) -> str:
    """Remove a known town from the end, if a whole street is left before it."""
    for town in filter(None, map(tidy, towns)):
        rest = line.removesuffix(town)
        words = rest.split()
        if (
            rest != line
            and rest[-1:] in ("", " ", ",")
            and len(words) > 2
            and _can_end_street(words[-1])
        ):
            return rest.rstrip(" ,")
    return line


def _can_end_street(word: str) -> bool:
    """Return whether a street can end in a word: "Hyde Park" in a town named Park does not."""
    plain = word.rstrip(",")
    return word != plain or plain in _KINDS or any(sign.isdigit() for sign in plain)
