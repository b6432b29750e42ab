"""Envelopes and removals come and go over filled tables, and a file serves in between."""

import pytest
from flask.ctx import AppContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.delivery.send import deliver
from petition.models import ContentRemoval, DeliveryState
from tests.delivery.conftest import build_ready, get_state

BEFORE = "0029"


@pytest.mark.own_database
def test_deliveries_outlive_both_ways(context: AppContext) -> None:
    sent, waiting = build_ready(), build_ready()
    assert deliver(sent.delivery_id, sent.read_letter) is DeliveryState.ACCEPTED
    with transaction() as session:
        session.add(
            ContentRemoval(kind="letters", sha256="0" * 64, asked_at=utcnow(), done_at=None)
        )
    db.session.remove()

    downgrade(revision=BEFORE)
    columns = set(db.session.execute(text("SELECT * FROM deliveries")).keys())
    db.session.remove()
    upgrade()

    assert not {"envelope", "bound_to"} & columns
    assert get_state(sent.delivery_id) is DeliveryState.ACCEPTED
    assert deliver(waiting.delivery_id, waiting.read_letter) is DeliveryState.ACCEPTED


def test_an_envelope_is_bound_to_its_row_or_there_is_none(context: AppContext) -> None:
    ready = build_ready()

    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(
            text("UPDATE deliveries SET envelope = :sealed WHERE id = :id"),
            {"sealed": b"sealed", "id": ready.delivery_id},
        )
