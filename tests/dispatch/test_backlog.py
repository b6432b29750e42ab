"""A backlog: what is due is found by an index, however many rows wait or are done with."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, text
from sqlalchemy.dialects import postgresql, sqlite

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.delivery.letter_kind import LETTERS
from petition.models.states import OutgoingState
from tests.dispatch.conftest import Enter
from tests.dispatch.postcards import POSTCARDS, Postcard

# Its tables are no others' of the same process.
pytestmark = pytest.mark.own_database

ROWS = 10_000


def explain(statement: object) -> str:
    """Return how the database finds the rows of a query."""
    is_sqlite = db.engine.dialect.name == "sqlite"
    dialect = sqlite.dialect() if is_sqlite else postgresql.dialect()  # type: ignore[no-untyped-call]
    compiled = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})  # type: ignore[attr-defined]
    plan = db.session.execute(text(f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{compiled}"))
    return "\n".join(str(row) for row in plan)


def test_what_is_due_is_found_by_an_index(enter: Enter) -> None:
    enter("127.0.0.1:9")
    now = utcnow()
    rows = [
        {"town": "lowell", "state": state, "due_at": due_at, "attempt": 0}
        for state, due_at in [
            (OutgoingState.QUEUED, now),
            (OutgoingState.RETRY_WAIT, now + timedelta(hours=1)),
            (OutgoingState.ACCEPTED, None),
        ]
        for _ in range(ROWS // 3)
    ]
    with transaction() as session:
        session.execute(insert(Postcard), rows)
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("ANALYZE postcards"))
        db.session.execute(text("SET LOCAL enable_seqscan = off"))  # a third of a small table

    assert "ix_postcards_due" in explain(POSTCARDS.select_due(now).limit(20))
    assert "ix_deliveries_due" in explain(LETTERS.select_due(now).limit(20))
    assert len(POSTCARDS.find_due()) == 200
