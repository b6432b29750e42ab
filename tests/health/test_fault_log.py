"""The log says what is wrong, once, and that it is mended; an emptied Redis is noticed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import text
from structlog.testing import capture_logs

from petition.core.extensions import db, transaction
from petition.core.queues import get_queues
from petition.health.fault_log import CHECKS, FaultLogger
from petition.health.findings import Fault
from petition.health.redis_loss import TOLD_FOR, check_kept, mark_redis
from petition.models import ProcessRole
from tests.factories import make_district
from tests.processes.rows import add_all, add_process


def read_fault() -> str:
    with pytest.raises(Fault) as raised:
        check_kept()
    return raised.value.found


def test_a_fault_is_one_line_that_says_what_to_do_until_it_is_mended(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        make_district(session)
        add_all(session)
        killed = add_process(session, ProcessRole.SCHEDULER, silent=40, host="two.example", pid=7)
        key = killed.key
    logger = FaultLogger(app)

    with capture_logs() as first:
        logger.look()
    with capture_logs() as second:
        logger.look()
    with app.app_context(), transaction() as session:
        session.execute(text("DELETE FROM processes WHERE key = :key"), {"key": key})
    with capture_logs() as third:
        logger.look()

    (line,) = first
    assert (line["event"], line["part"]) == ("health.fault", "processes")
    assert "scheduler on two.example (process 7)" in line["found"]
    assert line["remedy"].startswith("Start it again")
    assert second == []
    assert [(line["event"], line["part"]) for line in third] == [("health.fixed", "processes")]


def test_an_emptied_redis_is_a_finding_for_an_hour(
    context: AppContext, make_later: Callable[[timedelta], None]
) -> None:
    assert check_kept() == "not known until a scheduler has marked it"
    assert not mark_redis()
    assert check_kept() == "Redis has kept its data"
    assert not mark_redis()

    get_queues().redis.flushdb()

    assert read_fault() == "Redis was emptied since a scheduler last checked"
    with capture_logs() as logs:
        assert mark_redis()
    assert "appendonly yes" in logs[0]["remedy"]
    assert read_fault().startswith("Redis was emptied; this was found at")
    make_later(TOLD_FOR + timedelta(minutes=1))
    assert check_kept() == "Redis has kept its data"


def test_a_redis_that_throws_jobs_away_is_a_finding(context: AppContext) -> None:
    redis = get_queues().redis
    redis.config_set("maxmemory", "100mb")
    redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert "maxmemory-policy allkeys-lru" in read_fault()
    finally:
        redis.config_set("maxmemory-policy", "noeviction")
        redis.config_set("maxmemory", "0")


@pytest.mark.own_database
def test_a_database_of_another_version_is_in_the_log(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        db.session.remove()

        with capture_logs() as logs:
            FaultLogger(app, {"migrations": CHECKS["migrations"]}).look()

    (line,) = logs
    assert "9999" in line["found"] and line["remedy"].startswith("Start the newer version")
