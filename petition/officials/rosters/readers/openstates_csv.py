"""Read the people CSV of OpenStates: a state's legislators, one per row.

Source: https://open.pluralpolicy.com/data/legislator-csv/, a file for each state, ``ma.csv``.

- The file has no dates and no column for the state.
- Its ``capitol_*`` columns are always empty in the real download: then it does not cover offices in
  the capitol, and those from a YAML are kept.
"""

from collections.abc import Mapping

from petition.models import PostRole
from petition.officials.rosters.mailing_address import split_address
from petition.officials.rosters.readers.cell_values import read_email, read_form, read_phone
from petition.officials.rosters.readers.tables import Table
from petition.officials.rosters.roster import (
    LEGISLATURE,
    Entry,
    RosterDivision,
    RosterOffice,
    RosterPerson,
    Where,
)

REQUIRED = ("id", "name", "current_district", "current_chamber")
PLACES = ("capitol", "district")
PARTS = ("address", "voice", "fax")
OPTIONAL = ("given_name", "family_name", "email") + tuple(
    f"{place}_{part}" for place in PLACES for part in PARTS
)


def list_covered(table: Table) -> frozenset[str]:
    """Return the classifications of offices that a file covers."""
    found = {
        place
        for place in PLACES
        if any(
            split_address(row.get(f"{place}_address", ""))
            or row.get(f"{place}_voice")
            or row.get(f"{place}_fax")
            for _, row in table.rows
        )
    }
    return frozenset(found | {"district", "primary"})


def read_legislator(
    where: Where, row: Mapping[str, str], root: str | None, covered: frozenset[str]
) -> Entry:
    """Return the seat of a row; ``root`` is the state's division id, None if it is not known."""
    for column in REQUIRED:
        if not row[column]:
            raise where.refuse(f"{column} is empty", "a value in it", "fill it in")
    chamber = row["current_chamber"]
    if chamber not in LEGISLATURE:
        raise where.refuse(
            f"current_chamber is {chamber[:30]!r}", "upper, lower or legislature", "correct it"
        )
    offices = (_read_office(where, row, place) for place in PLACES)
    person = RosterPerson(
        source_id=row["id"],
        name=row["name"],
        given_name=row.get("given_name", ""),
        family_name=row.get("family_name", ""),
        email=read_email(where, row.get("email", "")),
        form=read_form(row.get("email", "")),
        offices=tuple(office for office in offices if office),
        covered=covered,
    )
    area = RosterDivision(root, label=row["current_district"])
    return Entry(where, PostRole(chamber), area, person, dated=False)


def _read_office(where: Where, row: Mapping[str, str], place: str) -> RosterOffice | None:
    office = RosterOffice(
        classification=place,
        address=split_address(row.get(f"{place}_address", "")),
        voice=read_phone(where, row.get(f"{place}_voice", ""), f"{place}_voice"),
        fax=read_phone(where, row.get(f"{place}_fax", ""), f"{place}_fax"),
    )
    return office if office.address or office.voice or office.fax else None
