"""A batch reads who joined and who waits, and nothing of what a district has behind it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.ctx import AppContext
from sqlalchemy import Connection, event, text

from petition.core.extensions import db, transaction
from petition.counting.departures import take_out_batch
from petition.counting.ledger import count_batch
from petition.models import Campaign, District
from petition.signers.withdraw import withdraw_signature
from tests.factories import make_campaign, make_district, make_located, make_post

STEP = 10
# Of these a statement may read what the batch is about, and not all there is.
GROWING = ("ledger", "milestones", "signatures", "placements", "deliveries")
UNSEALED = "SELECT count(*) FROM milestones WHERE sealed_at IS NULL"
# An index of the few that wait for their district.
SMALL = "USING INDEX ix_deliveries_below"
HISTORY = 200  # hundreds; each has one milestone and ten rows of the ledger
# How much more a batch may read with a history, which has one milestone and ten rows of the ledger
# for each hundred.
SLACK = 50


@pytest.fixture
def ground(context: AppContext) -> tuple[int, int]:
    with transaction() as session:
        campaign, district = make_campaign(session, step=STEP), make_district(session)
        make_post(session, district)
    return campaign.id, district.id


def locate(ground: tuple[int, int], how_many: int) -> list[int]:
    campaign_id, district_id = ground
    with transaction() as session:
        campaign = session.get_one(Campaign, campaign_id)
        district = session.get_one(District, district_id)
        return [one.id for one in make_located(session, campaign, district, how_many)]


def make_history(ground: tuple[int, int], hundreds: int) -> None:
    """Count so many hundreds, and seal the older half of them; five people wait."""
    locate(ground, hundreds * STEP + 5)
    count_batch(ground[0])
    seal(hundreds // 2)


def seal(last: int) -> None:
    """Seal the milestones up to a number, as if their letters had gone."""
    with transaction() as session:
        which = "WHERE number <= :last AND sealed_at IS NULL"
        for change in ("state = 'cleared'", "sealed_at = reached_at"):
            session.execute(text(f"UPDATE milestones SET {change} {which}"), {"last": last})  # noqa: S608


def count_rows_read() -> int:
    """Return how many rows of the growing tables PostgreSQL has ever read, by whatever way."""
    with db.engine.connect() as connection:
        connection.execute(text("SELECT pg_stat_force_next_flush()"))
        connection.commit()
        return int(
            connection.execute(
                text(
                    "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables"
                    " WHERE relname = ANY(:names)"
                ),
                {"names": list(GROWING)},
            ).scalar_one()
        )


def read_while(work: Any) -> int:
    db.session.remove()
    vacuum()
    before = count_rows_read()
    work()
    with db.engine.connect() as connection:  # the one that worked tells what it read
        connection.execute(text("SELECT pg_stat_force_next_flush()"))
    return count_rows_read() - before


def vacuum() -> None:
    """Do what autovacuum does: else the number read depends on when it last did.

    - Old versions of rows are cleared away, and statistics are those of the tables as they are.
    """
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"VACUUM ANALYZE {', '.join(GROWING)}"))


@contextmanager
def collect_statements() -> Iterator[list[tuple[str, Any]]]:
    """Collect what is sent to the database, with its parameters."""
    found: list[tuple[str, Any]] = []

    def collect(_: Connection, __: Any, statement: str, values: Any, *rest: Any) -> None:
        found.append((statement, values[0] if rest[-1] else values))

    event.listen(db.engine, "before_cursor_execute", collect)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", collect)


def find_scans(statements: list[tuple[str, Any]]) -> list[str]:
    """Return the steps by which SQLite would read a growing table from end to end."""
    scans: list[str] = []
    with db.engine.connect() as connection:
        for statement, values in statements:
            if not re.match(r"\s*(SELECT|INSERT|UPDATE|WITH|DELETE)\b", statement):
                continue
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            tables = re.findall(r"(?:FROM|JOIN|UPDATE)\s+(\w+)(?:\s+AS)?(?:\s+(\w+))?", statement)
            names = {n for pair in tables if pair[0] in GROWING for n in pair}
            scans += [
                f"{row.detail} in {statement}"
                for row in plan
                if row.detail.startswith("SCAN")
                and row.detail.split()[1] in names
                and not row.detail.endswith(SMALL)
            ]
    return scans


def test_counting_reads_no_more_after_many_hundreds(ground: tuple[int, int]) -> None:
    make_history(ground, 2)
    if db.engine.dialect.name == "sqlite":
        locate(ground, STEP)
        with collect_statements() as statements:
            assert count_batch(ground[0]).signatures == STEP
        assert any("INTO ledger" in statement for statement, _ in statements)
        assert [one for one in statements if "ix_ledger" not in one[0] and "ledger" in one[0]]
        assert find_scans(statements) == []
        return
    locate(ground, STEP)
    first = read_while(lambda: count_batch(ground[0]))
    make_history(ground, HISTORY)
    locate(ground, STEP)

    last = read_while(lambda: count_batch(ground[0]))

    assert first > 0
    assert last <= first + SLACK


def test_a_departure_reads_no_letter_that_went(ground: tuple[int, int]) -> None:
    """All that is unsealed is read, since who is behind moves up; what was sealed is not."""
    make_history(ground, 4)
    if db.engine.dialect.name == "sqlite":
        withdraw_signature(locate(ground, 0) or _find_last())
        with collect_statements() as statements:
            assert take_out_batch(ground[0]).signatures == 1
        assert find_scans(statements) == []
        return
    withdraw_signature(_find_last())
    assert db.session.scalar(text(UNSEALED)) == 2
    first = read_while(lambda: take_out_batch(ground[0]))
    make_history(ground, HISTORY)
    seal(HISTORY + 2)
    assert db.session.scalar(text(UNSEALED)) == 2
    withdraw_signature(_find_last())

    last = read_while(lambda: take_out_batch(ground[0]))

    assert first > 0
    assert last <= first + SLACK


def _find_last() -> int:
    """Return the signature that joined last and has not left."""
    found = db.session.scalar(
        text("SELECT signature_id FROM ledger WHERE left_at IS NULL ORDER BY ordinal DESC LIMIT 1")
    )
    return int(found)
