"""Read the members of Congress, and their offices outside Washington.

Source: unitedstates/congress-legislators, its README; ``legislators-current.yaml`` and
``legislators-district-offices.yaml``, matched by bioguide id.

- The last term of a member is the current one. District 0 is at-large.
- They have no e-mail addresses: Congress is reached by web forms, post or fax.
"""

import re
from collections.abc import Mapping
from typing import Any

from petition.models import PostRole
from petition.officials.rosters.mailing_address import split_address
from petition.officials.rosters.readers.cell_values import (
    read_date,
    read_field,
    read_form,
    read_list,
    read_optional,
    read_phone,
)
from petition.officials.rosters.roster import (
    CONGRESS,
    DistrictOffices,
    Entry,
    RosterDivision,
    RosterOffice,
    RosterPerson,
    Where,
)
from petition.postal.us_states import BY_CODE

CAPITOL, DISTRICT = "capitol", "district"
_WASHINGTON = re.compile(r"[\s,;]*Washington,?\s+D\.?C\.?\s+(\d{5}(?:-\d{4})?)\s*")


def is_member(item: object) -> bool:
    """Return whether a list's item has the shape of a member of Congress."""
    return isinstance(item, dict) and "id" in item and "terms" in item


def is_office_list(item: object) -> bool:
    """Return whether a list's item has the shape of a member's district offices."""
    return isinstance(item, dict) and "id" in item and "offices" in item


def read_member(where: Where, item: Mapping[str, Any]) -> Entry:
    """Return the seat of one member."""
    terms = read_list(where, item, "terms")
    if not terms:
        raise where.refuse("the member has no term", "a list in 'terms'", "give the whole file")
    term = terms[-1]
    role = read_field(where, term, "type")
    if role not in CONGRESS:
        raise where.refuse(f"the last term's type is {role[:30]!r}", "rep or sen", "correct it")
    state = BY_CODE.get(read_field(where, term, "state"))
    if state is None:
        raise where.refuse(
            "the last term names no state", "a postal abbreviation such as MA", "correct it"
        )
    division = state.division_id
    if role == PostRole.US_REPRESENTATIVE:
        division = f"{division}/cd:{_read_district(where, term)}"
    return Entry(
        where=where,
        role=PostRole(role),
        area=RosterDivision(state.division_id, division_id=division),
        person=_read_person(where, item, term),
        starts_on=read_date(where, read_optional(where, term, "start"), "start"),
        ends_on=read_date(where, read_optional(where, term, "end"), "end", last=True),
    )


def read_offices(where: Where, item: Mapping[str, Any]) -> DistrictOffices:
    """Return the offices of one member outside Washington."""
    return DistrictOffices(
        where=where,
        source_id=_read_id(where, item),
        offices=tuple(_read_office(where, values) for values in read_list(where, item, "offices")),
    )


def _read_id(where: Where, item: Mapping[str, Any]) -> str:
    ids = item["id"]
    bioguide = read_field(where, ids, "bioguide") if isinstance(ids, dict) else ""
    if not bioguide:
        raise where.refuse("there is no bioguide id", "it under 'id'", "fill it in")
    return f"bioguide:{bioguide}"


def _read_district(where: Where, term: Mapping[str, Any]) -> str:
    number = read_field(where, term, "district")
    if not number.isdecimal():
        raise where.refuse(
            f"the last term's district is {number[:30]!r}", "a number, 0 for at-large", "correct it"
        )
    return number.lstrip("0") or "at-large"


def _read_person(where: Where, item: Mapping[str, Any], term: Mapping[str, Any]) -> RosterPerson:
    names = item.get("name")
    names = names if isinstance(names, dict) else {}
    first, last = (read_field(where, names, part) for part in ("first", "last"))
    if not last:
        raise where.refuse("the member has no name", "'first' and 'last' under 'name'", "fill it")
    return RosterPerson(
        source_id=_read_id(where, item),
        name=read_optional(where, names, "official_full") or f"{first} {last}".strip(),
        given_name=first,
        family_name=last,
        offices=(
            RosterOffice(
                classification=CAPITOL,
                address=_split_capitol(read_optional(where, term, "address")),
                voice=read_phone(where, read_optional(where, term, "phone"), "phone"),
                fax=read_phone(where, read_optional(where, term, "fax"), "fax"),
                form=read_form(read_optional(where, term, "contact_form")),
            ),
        ),
        covered=frozenset({CAPITOL}),
    )


def _split_capitol(text: str) -> tuple[str, ...]:
    """Return the lines of an address in Washington, in which only "Washington" ends the street."""
    found = _WASHINGTON.search(text)
    if found is None:
        return split_address(text)
    return split_address(f"{text[: found.start()]};Washington, DC {found[1]}")


def _read_office(where: Where, values: Mapping[str, Any]) -> RosterOffice:
    building, street, suite, city, state, code = (
        read_optional(where, values, key)
        for key in ("building", "address", "suite", "city", "state", "zip")
    )
    street = ", ".join(filter(None, (street, suite)))
    place = f"{city}, {state} {code}".strip(" ,")
    return RosterOffice(
        classification=DISTRICT,
        address=split_address(";".join(filter(None, (building, street, place)))),
        voice=read_phone(where, read_optional(where, values, "phone"), "phone"),
        fax=read_phone(where, read_optional(where, values, "fax"), "fax"),
    )
