"""Wakes that a transaction asks for are sent once it is committed, and not otherwise."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from flask import Flask
from flask.ctx import AppContext
from redis import Redis
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from petition.core.extensions import db, transaction
from petition.core.queues import Stage, get_queues
from petition.core.wakes import wake_after_commit
from petition.models import Campaign
from tests.factories import make_campaign


class _Failed(Exception):
    pass


def count_jobs(stage: Stage) -> int:
    return get_queues().queue(stage).count


def read_arguments(stage: Stage) -> list[tuple[int, ...]]:
    return [tuple(job.args) for job in get_queues().queue(stage).jobs]


def test_nothing_is_sent_before_the_commit_and_each_wake_once_after_it(context: AppContext) -> None:
    with transaction() as session:
        for campaign_id in (7, 8, 7):
            wake_after_commit(session, Stage.COUNT, campaign_id)
        wake_after_commit(session, Stage.LOCATE)
        assert not count_jobs(Stage.COUNT) and not count_jobs(Stage.LOCATE)

    assert read_arguments(Stage.COUNT) == [(7,), (8,)]
    assert count_jobs(Stage.LOCATE) == 1


def test_one_transaction_asks_redis_once_for_the_same_wake(
    context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    send = Redis.execute_command

    def note(client: Redis, *command: object, **options: object) -> object:
        asked.append(command[0])
        return send(client, *command, **options)

    with transaction() as session:
        for _ in range(5):
            wake_after_commit(session, Stage.COUNT, 7)
        monkeypatch.setattr(Redis, "execute_command", note)

    assert asked.count("SET") == 1


def test_what_is_rolled_back_wakes_nobody_then_or_later(context: AppContext) -> None:
    with suppress(_Failed), transaction() as session:
        wake_after_commit(session, Stage.COUNT, 7)
        raise _Failed
    with transaction():
        pass

    assert not count_jobs(Stage.COUNT)


def test_a_session_that_is_closed_without_a_commit_wakes_nobody(context: AppContext) -> None:
    with Session(db.engine) as session:
        session.execute(text("SELECT 1"))
        wake_after_commit(session, Stage.COUNT, 7)

    assert not count_jobs(Stage.COUNT)


def test_a_savepoint_that_is_rolled_back_drops_its_own_wakes_only(context: AppContext) -> None:
    with transaction() as session:
        wake_after_commit(session, Stage.COUNT, 1)
        with suppress(_Failed), session.begin_nested():
            wake_after_commit(session, Stage.COUNT, 2)
            with session.begin_nested():
                wake_after_commit(session, Stage.COUNT, 3)  # kept here, and lost around it
            raise _Failed
        with session.begin_nested():
            wake_after_commit(session, Stage.COUNT, 4)
        assert not count_jobs(Stage.COUNT)

    assert read_arguments(Stage.COUNT) == [(1,), (4,)]


def test_what_a_savepoint_asked_for_goes_with_what_is_around_it(context: AppContext) -> None:
    with suppress(_Failed), transaction() as session:
        with session.begin_nested():
            wake_after_commit(session, Stage.COUNT, 7)
        raise _Failed

    assert not count_jobs(Stage.COUNT)


def test_a_commit_that_fails_wakes_nobody(context: AppContext) -> None:
    with pytest.raises(Exception, match="refused at the commit"), transaction() as session:
        wake_after_commit(session, Stage.COUNT, 7)
        event.listen(session.connection(), "commit", _refuse)

    assert not count_jobs(Stage.COUNT)


def _refuse(_: object) -> None:
    raise RuntimeError("refused at the commit")


def test_no_connection_is_held_while_redis_is_called(
    context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[str] = []
    seen: list[int] = []
    event.listen(db.engine, "checkout", lambda *_: held.append("connection"))
    event.listen(db.engine, "checkin", lambda *_: held.pop())
    send = Redis.execute_command

    def look(client: Redis, *command: object, **options: object) -> object:
        seen.append(len(held))
        return send(client, *command, **options)

    with transaction() as session:
        session.execute(text("SELECT 1"))
        assert held
        wake_after_commit(session, Stage.COUNT, 7)
        monkeypatch.setattr(Redis, "execute_command", look)

    assert seen and not any(seen)


def test_without_redis_the_commit_stands_and_nothing_is_raised(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(REDIS_URL="unix:///nowhere/valkey.sock")
    with app.app_context():
        with transaction() as session:
            campaign_id = make_campaign(session).id
            wake_after_commit(session, Stage.LOCATE)
            wake_after_commit(session, Stage.COUNT, campaign_id)

        assert db.session.get(Campaign, campaign_id) is not None


def test_a_job_that_has_not_begun_stands_for_what_other_transactions_ask(
    context: AppContext,
) -> None:
    for _ in range(3):
        with transaction() as session:
            wake_after_commit(session, Stage.COUNT, 7)

    assert count_jobs(Stage.COUNT) == 1


def test_a_wake_outside_of_a_transaction_is_refused(context: AppContext) -> None:
    with pytest.raises(RuntimeError, match="outside of a transaction"):
        wake_after_commit(db.session(), Stage.LOCATE)
