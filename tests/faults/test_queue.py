"""FAULT 4: Valkey emptied, stopped and restarted while people sign."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.extensions import db
from petition.models import Delivery, DeliveryState, Tally
from tests.faults.conftest import STEP
from tests.ground import SLUG, fill_form
from tests.service import Service, wait_until

PROMISED_SECONDS = 120


def count_accepted(app: Flask) -> int:
    with app.app_context():
        found = db.session.scalar(
            select(func.count()).where(Delivery.state == DeliveryState.ACCEPTED)
        )
        db.session.remove()
    return found or 0


@pytest.mark.timeout(400)
def test_signing_stays_good_and_all_work_resumes_when_the_queue_fails(
    app: Flask, service: Service
) -> None:
    statuses = []
    with service.valkey.client() as client:
        for number in range(1, STEP + 1):
            statuses.append(service.sign(SLUG, fill_form(number)))
            client.flushall()  # emptied after each
    service.valkey.stop()
    for number in range(STEP + 1, 2 * STEP + 1):
        statuses.append(service.sign(SLUG, fill_form(number)))
    service.valkey.start()

    wait_until(lambda: count_accepted(app) == 2, PROMISED_SECONDS, "both letters")

    assert statuses == [303] * (2 * STEP)
    with app.app_context():
        assert db.session.scalars(select(Tally.live)).one() == 2 * STEP
        assert set(db.session.scalars(select(Delivery.attempt))) == {1}
