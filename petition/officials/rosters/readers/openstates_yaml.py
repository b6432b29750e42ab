"""Read the people YAML of OpenStates: legislators, mayors, governors, one document each.

Source: openstates/people, its README and schema; a folder for each state with ``legislature``,
``municipalities``, ``executive``, ``committees`` and ``retired``.

- The roles in a document that run today or later count; without one, the role that ended last, so
  that a seat whose term is over can be distinguished from a vacant one.
- Roles without a post here (secretary of state) are skipped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from petition.models import PostRole
from petition.officials.rosters.mailing_address import split_address
from petition.officials.rosters.readers.cell_values import (
    read_date,
    read_email,
    read_field,
    read_form,
    read_list,
    read_offices,
    read_optional,
    read_phone,
)
from petition.officials.rosters.roster import (
    LEGISLATURE,
    Entry,
    RosterDivision,
    RosterOffice,
    RosterPerson,
    Where,
)

PREFIX = "ocd-person/"
JURISDICTION = "ocd-jurisdiction/"
# Other files in a state's folder: municipalities.yml, and committees.
PASSED = (JURISDICTION, "ocd-organization/", "ocd-committee/")
KNOWN = LEGISLATURE | {PostRole.MAYOR, PostRole.GOVERNOR}
_LONGEST_KIND = 20


@dataclass(frozen=True, slots=True)
class _Role:
    where: Where
    type: str
    values: Mapping[str, Any]
    starts_on: date | None
    ends_on: date | None


def is_person(document: object) -> bool:
    """Return whether a document has the shape of a person of OpenStates."""
    return isinstance(document, dict) and str(document.get("id", "")).startswith(PREFIX)


def is_passed(item: object) -> bool:
    """Return whether an item is a jurisdiction or a committee, which names nobody in office."""
    return isinstance(item, dict) and str(item.get("id", "")).startswith(PASSED)


def read_person(where: Where, document: Mapping[str, Any], today: date) -> list[Entry]:
    """Return the seats of one person; empty where their roles have no post here."""
    name = read_field(where, document, "name")
    if not name:
        raise where.refuse("the person has no name", "text in 'name'", "fill it in")
    email = read_optional(where, document, "email")
    person = RosterPerson(
        source_id=read_field(where, document, "id"),
        name=name,
        given_name=read_optional(where, document, "given_name"),
        family_name=read_optional(where, document, "family_name"),
        email=read_email(where, email),
        form=read_form(email),
        offices=tuple(
            office
            for values in read_offices(where, document)
            if (office := _read_office(where, values))
        ),
    )
    roles = [_read_role(where, values) for values in read_list(where, document, "roles")]
    if not roles:
        raise where.refuse("the person has no role", "a list in 'roles'", "give the whole document")
    counted = [role for role in roles if role.ends_on is None or role.ends_on >= today]
    if not counted:
        counted = [max(roles, key=lambda role: role.ends_on or date.max)]
    entries = [_make_entry(role, person) for role in counted if role.type in KNOWN]
    # A seat won again is listed twice: the term that runs comes before the next one.
    entries.sort(key=lambda entry: not entry.is_current(today))
    seats = {(entry.role, entry.area): entry for entry in reversed(entries)}
    return list(reversed(seats.values()))


def _read_role(where: Where, values: Mapping[str, Any]) -> _Role:
    starts = read_date(where, read_optional(where, values, "start_date"), "start_date")
    ends = read_date(where, read_optional(where, values, "end_date"), "end_date", last=True)
    kind = read_field(where, values, "type")
    if not kind:
        raise where.refuse("a role has no type", "upper, lower, legislature or mayor", "fill it in")
    return _Role(where, kind, values, starts, ends)


def _make_entry(role: _Role, person: RosterPerson) -> Entry:
    jurisdiction = read_field(role.where, role.values, "jurisdiction")
    path = jurisdiction.removeprefix(JURISDICTION).split("/")
    if path[0] != "country:us" or len(path) < 3 or not jurisdiction.startswith(JURISDICTION):
        raise role.where.refuse(
            f"the jurisdiction is {jurisdiction[:60]!r}",
            "one such as ocd-jurisdiction/country:us/state:ma/government",
            "correct it",
        )
    root = f"ocd-division/{'/'.join(path[:2])}"
    if role.type == PostRole.GOVERNOR:
        area = RosterDivision(root, division_id=root)
    elif role.type == PostRole.MAYOR:
        area = RosterDivision(root, division_id=f"ocd-division/{'/'.join(path[:-1])}")
    else:
        label = read_field(role.where, role.values, "district")
        if not label:
            raise role.where.refuse("the role has no district", "its label", "fill it in")
        area = RosterDivision(root, label=label)
    return Entry(
        where=role.where,
        role=PostRole(role.type),
        area=area,
        person=person,
        starts_on=role.starts_on,
        ends_on=role.ends_on,
    )


def _read_office(where: Where, values: Mapping[str, Any]) -> RosterOffice | None:
    office = RosterOffice(
        classification=(read_optional(where, values, "classification") or "primary")[
            :_LONGEST_KIND
        ],
        address=split_address(read_optional(where, values, "address")),
        voice=read_phone(where, read_optional(where, values, "voice"), "voice"),
        fax=read_phone(where, read_optional(where, values, "fax"), "fax"),
        email=read_email(where, read_optional(where, values, "email")),
    )
    return office if office.address or office.voice or office.fax or office.email else None
