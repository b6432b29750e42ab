"""The reconciler's rounds: what they wake, and what a failing step leaves undone."""

from collections.abc import Callable

import pytest
from flask import Flask

from petition.core.extensions import db
from petition.core.queues import Stage, find_job_seconds, flag_name, get_queues, wake
from petition.models import Heartbeat
from petition.postal.zip_places import known_postal_code
from petition.signing.sign import sign
from tests.ground import SLUG, fill_form, lay_ground
from workers import pipeline, reconcile


def sign_one_and_locate() -> None:
    lay_ground(step=10)
    sign(SLUG, fill_form(1), known_postal_code)
    pipeline.locate_batch()


def test_a_queue_that_nobody_works_on_does_not_grow_round_by_round(context: object) -> None:
    sign_one_and_locate()
    lost = get_queues()
    lost.redis.flushall()

    for _ in range(3):
        reconcile.reconcile()
        # As long as a flag stands, nothing could be woken twice: these have run out.
        for flag in lost.redis.keys(flag_name(Stage.COUNT) + "*"):
            lost.redis.delete(flag)

    assert lost.queue(Stage.COUNT).count == 1


def test_a_job_without_ids_is_not_woken_behind_one_that_stands(context: object) -> None:
    queues = get_queues()
    assert wake(Stage.LOCATE)
    queues.redis.delete(flag_name(Stage.LOCATE))
    queues._woken.clear()

    assert wake(Stage.LOCATE)

    assert queues.queue(Stage.LOCATE).count == 1


def test_a_failing_step_does_not_stop_the_others(
    context: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_one_and_locate()
    get_queues().redis.flushall()

    def fail() -> int:
        raise RuntimeError("Ada Example")

    monkeypatch.setitem(reconcile.STEPS, "expired", fail)
    found = reconcile.reconcile()

    assert (found.failed, found.expired, found.count) == (1, 0, 1)
    beat = db.session.get_one(Heartbeat, reconcile.HEARTBEAT)
    assert beat.detail["failed"] == 1


def test_it_leaves_a_heartbeat_while_redis_is_away(app: Flask) -> None:
    with app.app_context():
        get_queues()._away_until = float("inf")
        assert reconcile.reconcile().failed == 0
        assert db.session.get(Heartbeat, reconcile.HEARTBEAT) is not None
        db.session.remove()


@pytest.mark.parametrize(("lease", "least"), [("75", 300), ("3600", 3 * 3600)])
def test_no_job_is_ended_before_a_send_may_end(
    make_app: Callable[..., Flask], lease: str, least: int
) -> None:
    with make_app(PETITION_LEASE_SECONDS=lease).app_context():
        assert find_job_seconds() >= least
