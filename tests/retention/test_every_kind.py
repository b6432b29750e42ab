"""Of each kind: what is past its time goes, what is not stays, and a look changes nothing."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.core.retention_limits import KeepLimits
from petition.models import Event, SignatureState
from petition.retention.data_kinds import KINDS
from petition.retention.run import BATCH, EVENT, FoundData, erase, look
from tests.cli.runner import run
from tests.factories import make_campaign, make_signature
from tests.retention.world import ADD, DAYS, LIMITS, count_all, erase_kind, list_held
from workers import reconcile

MINUTE = timedelta(minutes=1)


def find(name: str) -> FoundData:
    return next(one for one in look() if one.kind == name)


def list_runs() -> list[dict[str, int]]:
    found = list(db.session.scalars(select(Event.detail).where(Event.action == EVENT)))
    db.session.rollback()
    return found


def test_every_limit_that_erases_has_a_kind_and_every_kind_a_test() -> None:
    limits = {field.name for field in dataclasses.fields(KeepLimits)} - {"backups"}
    names = {kind.name for kind in KINDS}

    assert names == limits == set(ADD) == set(DAYS)
    assert all(kind.setting == f"PETITION_KEEP_{kind.name.upper()}_DAYS" for kind in KINDS)


@pytest.mark.parametrize("name", list(ADD))
def test_what_is_past_goes_and_what_is_not_stays(limited: Flask, name: str) -> None:
    limit = timedelta(days=DAYS[name])
    ADD[name](limit - MINUTE)
    assert find(name).past == 0
    young = count_all()
    assert erase_kind(name) == 0
    assert count_all() == young

    ADD[name](limit + MINUTE)
    found = find(name)
    assert (found.days, found.past) == (DAYS[name], 1)
    assert found.oldest is not None

    assert erase_kind(name) == 1
    assert find(name).past == 0
    assert list_runs() == [{name: 1}]
    assert erase_kind(name) == 0
    assert list_runs() == [{name: 1}]


@pytest.mark.parametrize("name", list(ADD))
def test_a_look_changes_nothing_and_waits_for_no_writer(limited: Flask, name: str) -> None:
    ADD[name](timedelta(days=DAYS[name]) + MINUTE)
    before = count_all()
    with db.engine.connect() as bare:
        writer = bare.execution_options(sqlite_begin="IMMEDIATE")
        with writer.begin():
            writer.execute(text("UPDATE campaigns SET title = title"))
            writer.execute(text("UPDATE signatures SET attempt = attempt"))

            assert find(name).past == 1

            writer.rollback()
    shown = run(limited, "retention", "show", "--json")

    assert f'"kind": "{name}"' in shown.output and '"past": 1' in shown.output
    assert count_all() == before


def test_without_limits_nothing_is_past_but_what_serves_nothing(
    make_app: Callable[..., Flask],
) -> None:
    with make_app().app_context():
        kept = {one.kind for one in look() if one.days is None}
        db.session.remove()

    assert kept == {"withdrawn", "review", "closed", "struck", "incoming", "journals"}


@pytest.mark.parametrize("name", list(ADD))
def test_what_is_kept_for_ever_stays(make_app: Callable[..., Flask], name: str) -> None:
    app = make_app(**{kind.setting: "off" for kind in KINDS})
    with app.app_context():
        ADD[name](timedelta(days=4000))
        before = count_all()

        assert erase().total == 0

        assert find(name).days is None
        assert count_all() == before
        db.session.remove()


def test_the_reconciler_erases_too_and_one_that_fails_keeps_no_other(
    limited: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(before: object, limit: int) -> int:
        raise RuntimeError("Ada Example")

    kinds = [
        dataclasses.replace(kind, erase=fail) if kind.name == "rejected" else kind for kind in KINDS
    ]
    monkeypatch.setattr("petition.retention.run.KINDS", kinds)
    for name in ("expired", "rejected", "asks"):
        ADD[name](timedelta(days=DAYS[name]) + MINUTE)

    found = reconcile.reconcile()

    assert found.failed == 1
    assert list_runs() == [{"expired": 1, "asks": 1}]
    assert (find("expired").past, find("rejected").past, find("asks").past) == (0, 1, 0)


def test_when_time_is_up_the_rest_is_left_for_the_next_time(
    limited: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("petition.retention.run.BATCH", 2)
    for _ in range(5):
        ADD["asks"](timedelta(days=DAYS["asks"]) + MINUTE)
    ADD["mails"](timedelta(days=DAYS["mails"]) + MINUTE)

    assert erase(seconds=0).late
    assert find("asks").past == 5

    told: list[int] = []
    done = erase(tell=told.append)

    assert (done.counts["asks"], done.counts["mails"], done.late) == (5, 1, False)
    assert told == sorted(told) and told[-1] == 6
    assert len(list_runs()) == 1


@pytest.mark.own_database
def test_killed_in_between_nothing_else_is_lost_and_the_next_run_ends_it(
    limited: Flask, environment: dict[str, str]
) -> None:
    with transaction() as session:
        campaign = make_campaign(session)
        past, kept = (
            {
                make_signature(
                    session,
                    campaign,
                    state=SignatureState.EXPIRED,
                    ended_at=utcnow() - timedelta(days=days),
                    due_at=None,
                ).id
                for _ in range(number)
            }
            for days, number in ((31, 2 * BATCH + 100), (29, 5))
        )
    worker = subprocess.Popen(
        [sys.executable, "-m", "petition", "retention", "run"],
        env=os.environ | environment | LIMITS,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while len(list_held()) > len(past | kept) - BATCH and time.monotonic() < deadline:
        assert worker.poll() is None or len(list_held()) == len(kept)
        time.sleep(0.005)
    worker.send_signal(signal.SIGKILL)
    worker.wait()

    left = list_held()
    assert kept <= left <= past | kept
    with transaction() as session:
        erased = session.scalars(text("SELECT id FROM signatures WHERE state = 'erased'")).all()
    assert set(erased) == (past | kept) - left

    erase_kind("expired")
    assert list_held() == kept


def test_apply_says_what_it_did(limited: Flask) -> None:
    ADD["asks"](timedelta(days=DAYS["asks"]) + MINUTE)

    done = run(limited, "retention", "run")
    again = run(limited, "retention", "run", "--json")

    assert (done.exit_code, done.stdout) == (0, "asks: 1 erased.\n")
    assert '"failed": [], "late": false' in again.output
