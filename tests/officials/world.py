"""Districts and roster files for tests: invented people, small states, real shapes of formats."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select

from petition.core.clock import utcnow
from petition.core.errors import ImportRefused
from petition.core.extensions import db, transaction
from petition.models import BoundarySet, BoundaryState, District, Official, Post
from petition.officials.rosters.division_join import read_labels
from petition.officials.rosters.format_detection import read_roster
from petition.officials.rosters.import_report import ImportReport
from petition.officials.rosters.roster_import import import_roster
from petition.postal.us_states import BY_CODE

MA = BY_CODE["MA"].division_id
UPPER = {
    "1st_essex": "First Essex District",
    "2nd_essex_and_middlesex": "Second Essex and Middlesex District",
    "berkshire_hampden_franklin_and_hampshire": "Berkshire-Hampden-Franklin-Hampshire District",
    "hampden": "Hampden District",
}
LOWER = {"1st_essex": "1st Essex District", "7th_hampden": "7th Hampden District"}
CSV_HEADER = (
    "id,name,current_party,current_district,current_chamber,given_name,family_name,email,"
    "capitol_address,capitol_voice,capitol_fax,district_address,district_voice,district_fax"
)
BODIES_HEADER = "division_id,role,title,salutation,email,address,voice,fax"


def lay_districts(
    layer: str,
    districts: dict[str, str],
    *,
    state: str = "MA",
    kind: str | None = None,
    set_state: BoundaryState = BoundaryState.ACTIVE,
) -> None:
    """Store districts of one layer; the keys are the last parts of their division ids."""
    root = BY_CODE[state].division_id
    with transaction() as session:
        number = len(session.scalars(select(BoundarySet.id)).all())
        stored = BoundarySet(
            layer=layer,
            scope=state.lower(),
            source="test",
            digest=f"{number:064}",
            state=set_state,
            created_at=utcnow(),
        )
        session.add(stored)
        session.flush()
        session.add_all(
            District(
                boundary_set_id=stored.id,
                layer=layer,
                division_id=f"{root}/{kind or layer}:{value}",
                geoid=f"{number:02}{index:04}",
                name=name,
                state=state,
                in_force=set_state == BoundaryState.ACTIVE,
            )
            for index, (value, name) in enumerate(districts.items())
        )


def lay_massachusetts() -> None:
    """Store four senate and two house districts."""
    lay_districts("sldu", UPPER)
    lay_districts("sldl", LOWER)


def describe(
    number: int, district: str = "First Essex", role: str = "upper", **changes: Any
) -> Any:
    """Return one invented legislator as a document of OpenStates."""
    jurisdiction = "ocd-jurisdiction/country:us/state:ma/government"
    document = {
        "id": f"ocd-person/{number:08}",
        "name": f"Ada B. Example{number}",
        "given_name": "Ada",
        "family_name": f"Example{number}",
        "email": f"ada-{number}@senate.example",
        "roles": [{"type": role, "jurisdiction": jurisdiction, "district": district}],
        "offices": [
            {"classification": "district", "address": "1 Mill Lane;Testville, MA 01000"},
            {
                "classification": "capitol",
                "address": f"Room {number}, State House 24 Beacon St., Boston, MA 02133",
                "voice": "617-555-0100",
            },
        ],
    }
    return document | changes


def describe_mayor(number: int, place: str, **role: str) -> Any:
    """Return one invented mayor as a document of OpenStates."""
    jurisdiction = f"ocd-jurisdiction/country:us/state:ma/place:{place}/government"
    return describe(number, roles=[{"type": "mayor", "jurisdiction": jurisdiction} | role])


def describe_member(bioguide: str, state: str = "MA", **term: Any) -> Any:
    """Return one invented member of Congress."""
    last = {
        "type": "rep",
        "state": state,
        "start": "2025-01-03",
        "end": "2099-01-03",
        "address": "2372 Rayburn House Office Building Washington DC 20515-2109",
        "phone": "202-555-0100",
    }
    return {
        "id": {"bioguide": bioguide},
        "name": {"first": "Ada", "last": f"Example{bioguide}"},
        "terms": [{"type": "rep", "state": "NV", "district": 3}, last | term],
    }


FULL = (
    describe(1, "First Essex"),
    describe(2, "Second Essex and Middlesex"),
    describe(3, "Berkshire, Hampden, Franklin and Hampshire"),
    describe(4, "Hampden"),
    describe(5, "1st Essex", "lower"),
    describe(6, "7th Hampden", "lower"),
)


def write_yaml(path: Path, *documents: Any) -> Path:
    path.write_text(yaml.safe_dump_all(documents, allow_unicode=True), "utf-8")
    return path


def write_csv(path: Path, header: str, rows: Iterable[str]) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return path


def import_files(*paths: Path, labels: Path | None = None, **options: Any) -> ImportReport:
    state = options.pop("state", None)
    roster = read_roster(paths, utcnow().date(), BY_CODE[state] if state else None)
    report = import_roster(roster, read_labels(labels), **options)
    db.session.remove()
    return report


def read_holders() -> dict[str, str | None]:
    """Return who holds each post today, by the post's division and key without the state's part."""
    today = utcnow().date()
    found = {}
    for post in db.session.scalars(select(Post).order_by(Post.division_id, Post.key)):
        holder = post.find_holder(today)
        division = post.division_id.rpartition("/")[2]
        found[f"{division} {post.key}"] = holder.family_name if holder else None
    return found


def find_official(source_id: str) -> Official:
    return db.session.scalars(select(Official).where(Official.source_id == source_id)).one()


def refuse(*paths: Path, **options: Any) -> str:
    """Import what is refused whole; return what the refusal says."""
    with pytest.raises(ImportRefused) as refused:
        import_files(*paths, **options)
    db.session.remove()
    assert db.session.scalar(select(func.count()).select_from(Post)) == 0
    assert db.session.scalar(select(func.count()).select_from(Official)) == 0
    message = str(refused.value)
    assert "expected" in message and message.endswith("Nothing was imported.")
    return message
