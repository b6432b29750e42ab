"""Waiting between attempts, and a database that is away when an outcome is to be written."""

import sqlite3
import threading

import pytest
from sqlalchemy.engine import make_url

from petition.core.errors import DatabaseUnavailable
from petition.core.extensions import db
from petition.dispatch import settlement as module
from petition.dispatch.attempts import AttemptEnd
from petition.models import DeliveryState
from tests.delivery.conftest import Ready, get_row, get_state
from tests.delivery.letter_engine import claim, settle


def test_a_refusal_sets_the_next_try_and_says_why(ready: Ready) -> None:
    claimed = claim(ready.delivery_id)
    assert claimed is not None

    state = settle(claimed, DeliveryState.RETRY_WAIT, AttemptEnd("451 at rcpt"))

    row = get_row(ready.delivery_id)
    assert state is DeliveryState.RETRY_WAIT
    assert (row.reason, row.settled_at) == ("451 at rcpt", None)
    assert row.due_at is not None


def test_an_outcome_waits_for_a_database_that_is_away(
    ready: Ready, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed = claim(ready.delivery_id)
    assert claimed is not None
    failures = iter([DatabaseUnavailable("away"), DatabaseUnavailable("away")])
    transaction = module.transaction

    def fail_twice() -> object:
        for failure in failures:
            raise failure
        return transaction()

    monkeypatch.setattr(module, "transaction", fail_twice)
    monkeypatch.setattr(module, "PATIENCE_STEP", 0.01)

    assert settle(claimed, DeliveryState.ACCEPTED, AttemptEnd("250")) is DeliveryState.ACCEPTED


def test_an_outcome_waits_for_a_locked_database(ready: Ready) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL locks rows, not files")
    claimed = claim(ready.delivery_id)
    assert claimed is not None
    db.session.execute(db.text("PRAGMA busy_timeout=50"))
    db.session.rollback()
    other = sqlite3.connect(str(make_url(str(db.engine.url)).database), check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(1.0, other.rollback).start()

    assert settle(claimed, DeliveryState.ACCEPTED, AttemptEnd("250")) is DeliveryState.ACCEPTED
    assert get_state(ready.delivery_id) is DeliveryState.ACCEPTED
    other.close()
