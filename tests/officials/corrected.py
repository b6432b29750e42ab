"""A mayor's seat and a council in tests, and what an operator says of them."""

from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.models import CorrectionField, Post
from petition.models.officials.post import Addressee
from petition.officials.corrections.corrections import correct
from petition.officials.corrections.corrector import Step, Wish
from petition.officials.corrections.roster_comparison import Compared, compare_corrections
from petition.officials.post_lookup import find_post
from petition.officials.rosters.import_report import ImportReport
from tests.officials.world import describe_mayor, import_files, write_yaml

BOSTON = "Mayor of Boston"
HOLDER, EMAIL, OFFICE = CorrectionField.HOLDER, CorrectionField.EMAIL, CorrectionField.OFFICE


def import_mayor(folder: Path, number: int | None, email: str = "", **role: str) -> ImportReport:
    """Bring in a roster with Boston's mayor, or with None nobody there; Lynn's is in it always."""
    mayors = [describe_mayor(99, "lynn")]
    if number is not None:
        mayors.append(describe_mayor(number, "boston", **role) | {"email": email})
    return import_files(write_yaml(folder / "mayors.yml", *mayors), complete=True)


def say(
    values: dict[CorrectionField, str | None], title: str = BOSTON, **changes: Any
) -> list[Step]:
    """Correct a post by its title."""
    expected = changes.pop("expected", None)
    wish = Wish(find_post(title).id, values, "phoned the clerk", "test", **changes)
    steps = correct([wish], made_by="ada", expected=expected)
    db.session.remove()
    return steps


def read_addressee(title: str = BOSTON, on: date | None = None) -> Addressee | None:
    """Return whom a letter to a post would be addressed to."""
    db.session.remove()
    post = db.session.scalars(select(Post).where(Post.title == title)).one()
    return post.address(on or utcnow().date())


def read_email(title: str = BOSTON) -> str | None:
    """Return where a letter to a post would be mailed to; None where it would not."""
    addressee = read_addressee(title)
    return addressee.email if addressee else None


def compare() -> list[Compared]:
    """Return the corrections beside what the rosters say today."""
    db.session.remove()
    return compare_corrections(db.session(), utcnow().date())


def list_agreements() -> list[str]:
    """Return how each correction stands."""
    return [one.agreement.value for one in compare()]
