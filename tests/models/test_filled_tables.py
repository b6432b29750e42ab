"""The migrations on filled tables: what a way down and up keeps, and that the rules hold again."""

import pytest
from flask.ctx import AppContext
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from petition.core.clock import utcnow
from petition.core.database import Base
from petition.core.extensions import db, transaction
from petition.models.service.event_archive import EventArchive
from tests.models.every_table import fill_every_table, read_every_table

# One of each kind: a plain refusal, a change of state, one that looks at other rows, one that waits
# on PostgreSQL, changes that another trigger follows, a check that PostgreSQL has in a trigger.
ATTACKS = {
    "DELETE FROM events": "the trail is append-only",
    "UPDATE deliveries SET state = 'delivered'": "no such change of a delivery",
    "UPDATE ledger SET carried_by = NULL WHERE carried_by = 1": "a sealed letter keeps its names",
    "UPDATE campaigns SET letter = 'Another' WHERE id = 1": "what people have signed",
    "UPDATE campaign_organizations SET name = 'Another' WHERE campaign_id = 1": (
        "what people have signed"
    ),
    "DELETE FROM campaign_bills WHERE campaign_id = 1": "what people have signed",
    "UPDATE signatures SET seat = 3": "ck_signatures_seat_known",
}


@pytest.mark.own_database
def test_without_the_rules_and_with_them_again_every_row_is_as_it_was(context: AppContext) -> None:
    fill_every_table()
    filled = read_every_table()
    db.session.remove()
    assert set(filled) == set(Base.metadata.tables)
    # While there is an archive the way down is refused: see below.
    assert [table for table, rows in filled.items() if not rows] == ["event_archives"]

    downgrade(revision="0002")
    before = read_every_table()
    downgrade(revision="0001")
    between = read_every_table()
    with transaction() as session:
        session.execute(text("UPDATE events SET actor = actor"))  # nothing refuses it now
    upgrade(revision="0002")
    after = read_every_table()
    upgrade()

    assert between == before
    assert after == before
    check_rules()
    check()


@pytest.mark.own_database
def test_all_the_way_down_nothing_is_left_and_up_again_it_is_as_new(context: AppContext) -> None:
    fill_every_table()
    db.session.remove()

    downgrade(revision="base")
    assert read_every_table() == {}
    upgrade()

    assert read_every_table() == {table: [] for table in Base.metadata.tables}
    fill_every_table()
    check_rules()
    check()


@pytest.mark.own_database
def test_while_events_are_archived_the_way_down_is_refused_and_nothing_is_lost(
    context: AppContext, caplog: pytest.LogCaptureFixture
) -> None:
    with transaction() as session:
        session.add(
            EventArchive(
                id=1,
                month="2026-05",
                first_id=1,
                last_id=2,
                events=2,
                size=100,
                sha256="0" * 64,
                subjects={},
                made_at=utcnow(),
            )
        )
    filled = read_every_table()
    db.session.remove()

    with pytest.raises(SystemExit):
        downgrade(revision="0002")

    assert "events are archived" in caplog.text
    assert read_every_table() == filled
    check()


def check_rules() -> None:
    """Try to break some rules, which are to refuse it and to leave all as it is."""
    before = read_every_table()
    for statement, words in ATTACKS.items():
        with pytest.raises(DBAPIError, match=words), transaction() as session:
            session.execute(text(statement))
    assert read_every_table() == before
