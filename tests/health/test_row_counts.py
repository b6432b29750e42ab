"""What operators are told costs no look at every signature, however many there are."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import event, text, update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.core.queues import get_queues
from petition.health.core_checks import check_boundaries, check_database, check_migrations
from petition.health.figures import read_status
from petition.health.mail_lanes import check_mailing
from petition.health.metrics import render_metrics
from petition.health.process_check import check_processes
from petition.health.row_counts import SHARE, SLOW_SECONDS, read_counts, renew_counts_kept
from petition.models import Heartbeat, SignatureState
from tests.cli.runner import run
from tests.factories import make_campaign, make_district, make_signature
from tests.health.many import multiply
from tests.processes.rows import add_all

MANY = 3000
LARGE = {"signatures", "deliveries", "attempts", "mails", "refused_mails", "milestones", "letters"}
Statement = tuple[str, Any]


def sign(**changes: Any) -> int:
    with transaction() as session:
        return make_signature(session, make_campaign(session), **changes).id


def be_slow(seconds: float = SLOW_SECONDS) -> None:
    """Let the last count have taken so long."""
    with transaction() as session:
        row = session.get_one(Heartbeat, "counts")
        row.detail = row.detail | {"seconds": seconds}


def make_earlier(by: timedelta) -> None:
    with transaction() as session:
        session.execute(
            update(Heartbeat).where(Heartbeat.name == "counts").values(at=utcnow() - by)
        )


def test_quick_counts_are_of_now_and_slow_ones_are_told_with_their_age(app: Flask) -> None:
    with app.app_context():
        sign()
        assert renew_counts_kept()
        sign()
        now = read_counts(db.session())[0].signatures["confirmed"]
        be_slow()
        with transaction() as session:
            row = session.get_one(Heartbeat, "counts")
            earlier = utcnow() - timedelta(minutes=6)
            row.detail = row.detail | {"counted_at": earlier.isoformat()}
        kept, counted_at = read_counts(db.session())
        metrics = render_metrics().decode()

    found = json.loads(run(app, "status", "--json").output)
    shown = run(app, "status").output

    assert (now, kept.signatures["confirmed"], counted_at) == (2, 1, earlier)
    assert found["signatures"]["confirmed"] == 1
    assert found["counted_at"] == earlier.isoformat()
    assert [campaign["signatures"] for campaign in found["campaigns"]] == [1, 0]
    assert "Counted 6 minutes ago" in shown
    assert 'hundredth_signatures{state="confirmed"} 1.0' in metrics
    (age,) = (line for line in metrics.splitlines() if line.startswith("hundredth_counts_age"))
    assert float(age.split()[1]) >= 360


def test_a_slow_count_rests_for_many_times_as_long(context: AppContext) -> None:
    assert renew_counts_kept()
    make_earlier(timedelta(seconds=70))
    assert renew_counts_kept()
    be_slow(10.0)
    make_earlier(timedelta(seconds=SHARE * 10 - 20))
    assert not renew_counts_kept()
    make_earlier(timedelta(seconds=SHARE * 10 + 1))

    assert renew_counts_kept()


def test_of_many_schedulers_one_counts(app: Flask) -> None:
    def renew(_: int) -> bool:
        with app.app_context():
            done = renew_counts_kept()
            db.session.remove()
            return done

    with ThreadPoolExecutor(6) as pool:
        first = sum(pool.map(renew, range(6)))
        with app.app_context():
            make_earlier(timedelta(seconds=70))
        second = sum(pool.map(renew, range(6)))

    assert (first, second) == (1, 1)


def test_nothing_that_operators_ask_reads_all_signatures(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            make_district(session)
            add_all(session)
        multiply(db.session(), sign(state=SignatureState.COUNTED, due_at=None), MANY)
        pending = {"state": SignatureState.PENDING, "confirmed_at": None}
        multiply(db.session(), sign(**pending, mailed_at=utcnow()), 20)
        db.session.commit()
        renew_counts_kept()
        be_slow()
        db.session.execute(text("ANALYZE"))
        db.session.commit()
        with gather_statements() as statements:
            read_status(db.session(), get_queues(), 15)
            render_metrics()
            for check in (
                check_database,
                check_migrations,
                check_processes,
                check_boundaries,
                check_mailing,
            ):
                check()
        plans = [(statement, explain(statement)) for statement in statements]

    about = [plan for (sql, _), plan in plans if "FROM signatures" in sql]
    assert len(about) > 4
    for (sql, _), whole_reads in plans:
        assert not whole_reads, (sql, whole_reads)


def test_the_plans_of_a_whole_count_would_be_found(app: Flask) -> None:
    with app.app_context():
        sign()
        with gather_statements() as statements:
            db.session.execute(text("SELECT count(*) FROM signatures WHERE person IS NOT NULL"))
            db.session.execute(text("SELECT count(*) FROM signatures WHERE ended_at IS NULL"))
        whole_reads = [explain(statement) for statement in statements]

    assert all(whole_reads)


@contextmanager
def gather_statements() -> Iterator[list[Statement]]:
    """Gather the reading statements of the block."""
    found: list[Statement] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            found.append((statement, parameters))

    db.session.rollback()
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
        db.session.rollback()


def explain(statement: Statement) -> list[str]:
    """Return the steps that read all of a large table, or all of an index of the signatures."""
    sql, parameters = statement
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)
            return [row.detail for row in rows if _scans(row.detail)]
        # A small table is read whole for being small: what counts is whether it must be.
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        found = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {sql}", parameters).scalar_one()
        nodes = [found[0]["Plan"]]
        for node in nodes:
            nodes += node.get("Plans", [])
        return [node["Node Type"] for node in nodes if _reads_all(node)]


def _scans(detail: str) -> bool:
    verb, _, rest = detail.partition(" ")
    table = rest.partition(" ")[0]
    if verb != "SCAN" or table not in LARGE:
        return False
    return table == "signatures" or "USING" not in detail


def _reads_all(node: dict[str, Any]) -> bool:
    table = node.get("Relation Name")
    if table not in LARGE:
        return False
    is_whole = table == "signatures" and not _is_by_index(node)
    return node["Node Type"] == "Seq Scan" or is_whole


def _is_by_index(node: dict[str, Any]) -> bool:
    return "Index Cond" in node or any(map(_is_by_index, node.get("Plans", [])))
