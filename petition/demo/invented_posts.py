"""Governing bodies for the demonstration: one for each county, at invented ``.example`` addresses.

The titles follow the usage of each state; no real office is addressed. ``.example`` is reserved by
RFC 2606, so no mail can be delivered.
"""

import re
import unicodedata
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from petition.core.extensions import transaction
from petition.models import BoundarySet, BoundaryState, District, Layer, Office, Post

KEY = "governing-body"


@dataclass(frozen=True, slots=True)
class Body:
    """The title of a county's governing body, and the salutation of a letter to it."""

    title: str
    salutation: str


BOARD = Body("Board of Commissioners", "Dear Members of the Board")
SUPERVISORS = Body("Board of Supervisors", "Dear Members of the Board")
COUNCIL = Body("County Council", "Dear Members of the Council")
COMMISSION = Body("County Commission", "Dear Commissioners")

# Counties proper, by state; in all other states it is a Board of Commissioners.
BY_STATE = {
    "AL": COMMISSION,
    "AR": Body("Quorum Court", "Dear Members of the Court"),
    "AZ": SUPERVISORS,
    "CA": SUPERVISORS,
    "DE": COUNCIL,
    "HI": COUNCIL,
    "IA": SUPERVISORS,
    "IL": Body("County Board", "Dear Members of the Board"),
    "IN": COUNCIL,
    "KY": Body("Fiscal Court", "Dear Members of the Court"),
    "MD": COUNCIL,
    "MO": COMMISSION,
    "MS": SUPERVISORS,
    "NY": Body("County Legislature", "Dear Legislators"),
    "SC": COUNCIL,
    "TN": COMMISSION,
    "TX": Body("Commissioners Court", "Dear Members of the Court"),
    "UT": COMMISSION,
    "VA": SUPERVISORS,
    "WA": COUNCIL,
    "WI": SUPERVISORS,
    "WV": COMMISSION,
}

# County equivalents, by the last type in their division id.
BY_TYPE = {
    "borough": Body("Assembly", "Dear Members of the Assembly"),
    # Alaska's legislature acts as the assembly of the unorganized borough (Constitution, X, 6).
    "census_area": Body("Alaska State Legislature", "Dear Legislators"),
    "district": Body("Council", "Dear Members of the Council"),
    "island": Body("Legislature", "Dear Legislators"),
    "municipality": Body("Municipal Council", "Dear Members of the Council"),
    "municipio": Body("Municipal Legislature", "Dear Legislators"),
    "parish": Body("Parish Council", "Dear Members of the Council"),
    "place": Body("City Council", "Dear Members of the Council"),
    "territory": Body("Legislature", "Dear Legislators"),
}


def load_demo_posts() -> int:
    """Add a governing body with an office to every county in force; return how many were new.

    - Idempotent: a second call adds nothing.
    """
    with transaction() as session:
        missing = _list_missing(session)
        if not missing:
            return 0
        ids = session.scalars(
            insert(Post).returning(Post.id, sort_by_parameter_order=True),
            [_make_post(district) for district in missing],
        ).all()
        session.execute(
            insert(Office),
            [
                {"post_id": post_id} | _make_office(district)
                for post_id, district in zip(ids, missing, strict=True)
            ],
        )
        return len(ids)


def _list_missing(session: Session) -> list[District]:
    there = select(Post.division_id).where(Post.key == KEY)
    districts = session.scalars(
        select(District)
        .join(BoundarySet, BoundarySet.id == District.boundary_set_id)
        .where(
            BoundarySet.layer == Layer.COUNTY,
            BoundarySet.state == BoundaryState.ACTIVE,
            District.division_id.not_in(there),
        )
        .order_by(District.geoid)
    )
    # A set of one state may contain the same divisions as the national one.
    return list({district.division_id: district for district in districts}.values())


def _make_post(district: District) -> dict[str, object]:
    body = _choose_body(district)
    return {
        "division_id": district.division_id,
        "key": KEY,
        "title": f"{body.title}, {district.name}",
        "salutation": body.salutation,
        "is_body": True,
        "active": True,
    }


def _make_office(district: District) -> dict[str, object]:
    kind, slug = _split(district)
    state = district.state.lower()
    label = state if slug == state else f"{_make_label(slug)}-{state}"
    word = "city" if kind == "place" else kind.replace("_", "-")
    return {
        "classification": "primary",
        "email": f"clerk@{label}.{word}.example",
        "address": ["Office of the Clerk", f"{district.name}, {district.state}"],
    }


def _choose_body(district: District) -> Body:
    kind, _ = _split(district)
    return BY_STATE.get(district.state, BOARD) if kind == "county" else BY_TYPE.get(kind, BOARD)


def _split(district: District) -> tuple[str, str]:
    """Return the last type and the last name of the division id."""
    kind, _, slug = district.division_id.rpartition("/")[2].partition(":")
    return kind, slug


def _make_label(slug: str) -> str:
    """Return a name as a label of a host name: ASCII letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", slug).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("~", "")).strip("-")
