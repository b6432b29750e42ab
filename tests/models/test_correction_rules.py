"""What the database refuses of corrections, whatever code asks for it."""

import pytest
from flask.ctx import AppContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from petition.core.extensions import transaction
from petition.models import Official
from tests.factories import make_district, make_post

COLUMNS = "post_id, official_id, field, value, because, source, made_by, made_at"
MOMENT = "'2026-01-01 00:00:00'"


def insert(values: str) -> str:
    return f"INSERT INTO corrections ({COLUMNS}) VALUES ({values}, 'x', 'ada', {MOMENT})"


def run(*statements: str) -> None:
    with transaction() as session:
        for statement in statements:
            session.execute(text(statement))


@pytest.fixture(autouse=True)
def corrected(context: AppContext) -> None:
    """A post whose e-mail address and holder are corrected, of a holder and of its own."""
    with transaction() as session:
        make_post(session, make_district(session), id=1)
        session.add(Official(id=1, source_id="a", name="A"))
        session.flush()
    run(
        insert("1, NULL, 'email', 'a@b.example', 'why'"),
        insert("1, 1, 'email', 'c@b.example', 'why'"),
        insert("1, 1, 'holder', 'A', 'why'"),
    )


@pytest.mark.parametrize(
    "statement",
    [
        insert("1, NULL, 'email', 'd@b.example', 'why'"),  # a second one of the post's own
        insert("1, 1, 'email', 'd@b.example', 'why'"),  # a second one of the holder's
        insert("1, NULL, 'holder', NULL, 'why'"),  # held and vacant
        insert("1, NULL, 'voice', '617-555-0100', 'why'"),
        insert("1, NULL, 'office', '', 'why'"),
        insert("1, NULL, 'office', '1 Main St', ''"),
        insert("9, NULL, 'office', '1 Main St', 'why'"),
        "UPDATE corrections SET value = 'x@b.example' WHERE id = 1",
        "UPDATE corrections SET official_id = NULL WHERE id = 2",
        "UPDATE corrections SET roster_said = 'x'",
        f"UPDATE corrections SET withdrawn_at = {MOMENT}",
        "DELETE FROM corrections",
    ],
)
def test_the_database_refuses(statement: str) -> None:
    with pytest.raises(IntegrityError):
        run(statement)


def test_a_correction_is_withdrawn_once_and_makes_room_for_the_next() -> None:
    end = (
        f"UPDATE corrections SET withdrawn_at = {MOMENT}, withdrawn_by = 'ada', "
        "withdrawn_because = 'why' WHERE id = 3"
    )
    run(end)

    run(insert("1, NULL, 'holder', NULL, 'why'"))
    with pytest.raises(IntegrityError):
        run(
            "UPDATE corrections SET withdrawn_at = NULL, withdrawn_by = NULL, "
            "withdrawn_because = NULL WHERE id = 3"
        )
    with pytest.raises(IntegrityError):
        run(end)


def test_a_holder_without_a_name_is_refused() -> None:
    with transaction() as session:
        make_post(session, make_district(session), id=2)

    for values in ("2, 1, 'holder', NULL, 'why'", "2, NULL, 'holder', 'A', 'why'"):
        with pytest.raises(IntegrityError):
            run(insert(values))
