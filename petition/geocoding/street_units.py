"""Remove the apartment, floor or room from a street line, and never the number of a road.

- A number after a kind of road that is numbered belongs to the road: "County Rd 5", "Calle 5", "Cty
  Rd A", "RM 620".
- Only a named unit is removed, or a bare number after a street that has a name: "Elm St 4".
"""

import re

from petition.geocoding.street_words import (
    DIRECTIONS,
    HOUSE_AND_STREET,
    ID,
    PLAIN_KINDS,
    ends_in_numbered_kind,
    names_street,
)

_SURE = (
    r"APARTMENT|APARTAMENTO|APMT|APTO|APTMT|APT|BUILDING|BLDG|BLD|DEPARTMENT|DEPARTAMENTO|DEPTO|DEPT"
    r"|DPTO|EDIFICIO"
    r"|EDIF|FLOOR|FLR|FL|HABITACION|HAB|LOT|OFICINA|PISO|PMB|ROOM|STE|SUITE|SPC|TRAILER|TRLR|UNIDAD"
    r"|UNIT|UNT"
)
# Words of streets too: they are a unit after a kind of street, a number or a comma.
_UNSURE = r"HANGAR|HNGR|INT|INTERIOR|KEY|OFFICE|OFC|PENTHOUSE|PH|PIER|RM|SLIP|SP|SPACE|STOP|WING"
_PLACES = r"BACK|BASEMENT|BSMT|FRONT|FRNT|LOBBY|LBBY|LOWER|LOWR|PENTHOUSE|PH|REAR|SIDE|UPPER|UPPR"
_NUMBER = rf"(?:[\s\#:,-]*(?:(?:NO|NUM|NUMBER)\b[\s\#:]*)?{ID}|[\s\#:,-]+[A-Z]{{1,2}})"
_BEHIND = re.compile(
    rf"(?P<gap>[\s,;]+)(?:(?P<sure>(?:{_SURE})(?:{_NUMBER}|[\s\#]*|\s+(?:{_PLACES})))"
    rf"|(?P<floor>\d+(?:(?:ST|ND|RD|TH)\s+)?(?:FLOOR|FLR|FL))"
    rf"|(?P<unsure>(?:{_UNSURE}){_NUMBER}|{_PLACES})"
    rf"|(?P<sign>(?:\#|(?:NO|NUM|NUMBER)\b)[\s\#:-]*(?:{ID}|[A-Z]{{1,2}})?))$"
)
_BETWEEN = " ,;|/-"  # separators between a street and its unit
_BEFORE = re.compile(rf"^(?:{_SURE}|{_UNSURE}|\#){_NUMBER}?[\s,;]+(?=\d)")
_ALONE = re.compile(rf"(?:{_SURE}|{_UNSURE}){_NUMBER}|{_PLACES}|\#\s*\w+")
_FLAT = re.compile(r"\#?(?:\d{1,4}[A-Z]?|[A-Z]\d{0,3}|\d+-?[A-Z])")
_MOST = 4  # "Bldg 5 Fl 2 Apt 4"


def drop_unit(line: str) -> str:
    """Return a tidied street line without its units; unchanged if it has nothing else."""
    line = _BEFORE.sub("", line)
    for _ in range(_MOST):
        found = _BEHIND.search(line)
        kept = line[: found.start()].rstrip(_BETWEEN) if found else ""
        if found is None or not _is_after_street(kept, found):
            break
        line = kept
    return _drop_bare_unit(line)


def is_unit(line: str) -> bool:
    """Return whether a tidied line is a unit and nothing else."""
    return _ALONE.fullmatch(line) is not None


def _is_after_street(kept: str, found: re.Match[str]) -> bool:
    housed = HOUSE_AND_STREET.fullmatch(kept)
    street = (housed["street"] if housed else kept).replace(",", " ").split()
    if housed is None:
        named = any(len(word) > 1 and word.isalpha() for word in street)
    else:
        named = names_street(street)
    if not named:
        return False
    if found["floor"] and ends_in_numbered_kind(street):
        return False
    if found["sign"]:
        return housed is not None and not ends_in_numbered_kind(street)
    if found["unsure"]:
        last = street[-1]
        known = last in PLAIN_KINDS or last in DIRECTIONS or any(map(str.isdigit, last))
        known = known or ends_in_numbered_kind(street[:-1])
        return (known or "," in found["gap"]) and not ends_in_numbered_kind(street)
    return True


def _drop_bare_unit(line: str) -> str:
    """Remove the bare "4B" after a house on a street with a name and a kind."""
    housed = HOUSE_AND_STREET.fullmatch(line)
    words = (housed["street"] if housed else "").split()
    if len(words) < 3 or words[-1] in DIRECTIONS or not _FLAT.fullmatch(words[-1]):
        return line
    kind = words[-2].rstrip(",")
    if kind not in PLAIN_KINDS or ends_in_numbered_kind([*words[:-2], kind]):
        return line
    return line.removesuffix(words[-1]).rstrip(" ,;")
