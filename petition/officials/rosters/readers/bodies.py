"""Read the project's own CSV, for bodies that no public data set has: councils, boards, mayors.

- A ``council`` or ``board`` is addressed as a body and names nobody. Any other role names the
  holder of the seat.
- A file covers the divisions that it names, and no others.
"""

from collections.abc import Mapping

from petition.models import PostRole
from petition.models.officials.post import BY_HAND
from petition.officials.rosters.mailing_address import split_address
from petition.officials.rosters.readers.cell_values import read_date, read_email, read_phone
from petition.officials.rosters.readers.tables import Table
from petition.officials.rosters.roster import (
    BODIES,
    Entry,
    RosterDivision,
    RosterOffice,
    RosterPerson,
    Where,
)
from petition.postal.us_states import BY_DIVISION

REQUIRED = (
    "division_id",
    "role",
    "title",
    "salutation",
    "email",
    "address",
    "voice",
    "fax",
)
OPTIONAL = ("name", "given_name", "family_name", "starts_on", "ends_on")


def check_columns(table: Table) -> None:
    """Refuse a table with an unknown column."""
    unknown = set(table.columns) - set(REQUIRED) - set(OPTIONAL)
    if unknown:
        raise table.header.refuse(
            f"the column {min(unknown)!r} is not known",
            f"only {', '.join(REQUIRED + OPTIONAL)}",
            "rename or remove it",
        )


def read_body(where: Where, row: Mapping[str, str]) -> Entry:
    """Return the post of a row."""
    try:
        role = PostRole(row["role"])
    except ValueError as error:
        known = ", ".join(role.value for role in PostRole)
        raise where.refuse(
            f"the role is {row['role'][:30]!r}", f"one of {known}", "correct it"
        ) from error
    if role in BODIES:
        _check_body(where, row)
    office = _read_office(where, row)
    person = None if role in BODIES else _read_person(where, row, role, office)
    return Entry(
        where=where,
        role=role,
        area=_read_area(where, row["division_id"]),
        person=person,
        title=row["title"] or None,
        salutation=row["salutation"] or None,
        offices=() if person else office,
        starts_on=read_date(where, row.get("starts_on", ""), "starts_on"),
        ends_on=read_date(where, row.get("ends_on", ""), "ends_on", last=True),
        dated="starts_on" in row or "ends_on" in row,
        alone=True,
    )


def _check_body(where: Where, row: Mapping[str, str]) -> None:
    if not row["title"]:
        raise where.refuse("the title is empty", "what the body is called", "fill it in")
    if any(row.get(column) for column in OPTIONAL):
        raise where.refuse(
            f"it names a person or dates for a {row['role']}",
            "these cells empty, because the letter addresses the body",
            "empty them",
        )


def _read_area(where: Where, division_id: str) -> RosterDivision:
    root = "/".join(division_id.split("/")[:3])
    if root not in BY_DIVISION:
        raise where.refuse(
            f"the division_id is {division_id[:60]!r}",
            "an id such as ocd-division/country:us/state:ma/place:boston",
            "correct it",
        )
    return RosterDivision(root, division_id=division_id)


def _read_person(
    where: Where, row: Mapping[str, str], role: PostRole, office: tuple[RosterOffice, ...]
) -> RosterPerson:
    given, family = row.get("given_name", ""), row.get("family_name", "")
    name = row.get("name") or f"{given} {family}".strip()
    if not name:
        raise where.refuse(
            f"the {role.value} has no name", "who holds the seat, in 'name'", "fill it in"
        )
    return RosterPerson(
        source_id=f"{BY_HAND}{row['division_id']}:{role.value}:{name}",
        name=name,
        given_name=given,
        family_name=family,
        offices=office,
    )


def _read_office(where: Where, row: Mapping[str, str]) -> tuple[RosterOffice, ...]:
    office = RosterOffice(
        classification="primary",
        address=split_address(row["address"]),
        voice=read_phone(where, row["voice"], "voice"),
        fax=read_phone(where, row["fax"], "fax"),
        email=read_email(where, row["email"]),
    )
    has_contact = office.address or office.voice or office.fax or office.email
    return (office,) if has_contact else ()
