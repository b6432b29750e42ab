"""FAULT 15: the map changes while people sign and workers die; nothing is lost or sent twice."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.extensions import db
from petition.counting.recalls import count_left_behind
from petition.models import (
    Campaign,
    Delivery,
    DeliveryState,
    District,
    LedgerEntry,
    Milestone,
    Signature,
    SignatureState,
    Tally,
)
from petition.redistricting.activation import activate
from tests.ground import fill_form
from tests.redistricting.world import (
    AFTER,
    AMHERST,
    CAMBRIDGE,
    FITCHBURG,
    PROVINCETOWN,
    STEP,
    lay_state,
    name_division,
    store,
)
from tests.service import Service, wait_until

HOMES = {AMHERST: "one", FITCHBURG: "two", CAMBRIDGE: "two", PROVINCETOWN: "three"}
SIGNERS = 40  # in each round


@pytest.fixture
def service(app: Flask, environment: dict[str, str], tmp_path: Path) -> Iterator[Service]:
    """The whole service on the first of two maps."""
    with app.app_context():
        lay_state()
        db.session.remove()
    running = Service(environment, tmp_path / "service.log")
    running.start_all()
    yield running
    running.stop()
    print(running.log.read_text()[-4000:])  # noqa: T201


@pytest.mark.timeout(1200)
def test_maps_that_change_while_people_sign_lose_and_double_nothing(
    app: Flask, service: Service, rounds: int
) -> None:
    chance = random.Random(15)  # noqa: S311
    with app.app_context():
        slug = db.session.scalars(select(Campaign.slug)).one()
        first = db.session.scalars(select(District.boundary_set_id)).first()
        later = store(AFTER, "after")
        db.session.remove()
    homes = list(HOMES)
    answers: list[int] = []

    def sign_all(start: int) -> None:
        for number in range(start, start + SIGNERS):
            form = fill_form(number) | {"postal_code": homes[number % len(homes)]}
            answers.append(service.sign(slug, form))

    for turn in range(rounds):
        crowd = threading.Thread(target=sign_all, args=(turn * SIGNERS,))
        crowd.start()
        threading.Event().wait(chance.uniform(0, 0.5))
        with app.app_context():
            # Always ends on the later map.
            assert first is not None
            for set_id in (first, later):
                activate(set_id)
                db.session.remove()
                threading.Event().wait(chance.uniform(0, 0.3))
        service.kill("worker-sign", group=turn % 2 == 0)
        service.start("worker-sign", "worker", "locate", "count", "mail")
        crowd.join()

    assert answers == [303] * (rounds * SIGNERS)
    wait_until(lambda: _is_settled(app, len(answers)), 120, "everybody to be counted and told")
    with app.app_context():
        _check(len(answers))


def _is_settled(app: Flask, signers: int) -> bool:
    with app.app_context():
        counted = db.session.scalar(
            select(func.count()).where(
                Signature.state == SignatureState.COUNTED, Signature.relocated.is_(False)
            )
        )
        waiting = db.session.scalar(
            select(func.count()).where(
                Delivery.state.in_(
                    (DeliveryState.QUEUED, DeliveryState.RENDERED, DeliveryState.SENDING)
                )
            )
        )
        behind = count_left_behind()
        db.session.remove()
    return counted == signers and not waiting and not behind


def _check(signers: int) -> None:
    live = db.session.execute(
        select(District.division_id, District.in_force, func.count())
        .join(LedgerEntry, LedgerEntry.district_id == District.id)
        .where(LedgerEntry.left_at.is_(None))
        .group_by(District.division_id, District.in_force)
    ).all()
    expected = Counter(name_division(HOMES[home]) for home in HOMES for _ in range(signers // 4))
    assert {row.division_id: row[2] for row in live if row.in_force} == expected
    assert all(row.in_force for row in live)

    sent = db.session.execute(
        select(District.division_id, Milestone.number)
        .select_from(Delivery)
        .join(Milestone, Milestone.id == Delivery.milestone_id)
        .join(District, District.id == Milestone.district_id)
        .where(Delivery.state == DeliveryState.ACCEPTED)
    ).all()
    assert max(Counter((row.division_id, row.number) for row in sent).values()) == 1
    reached = db.session.execute(
        select(District.division_id, Tally.live, Tally.reached)
        .join(District, District.id == Tally.district_id)
        .where(District.in_force)
    ).all()
    told = {(row.division_id, row.number) for row in sent}
    for row in reached:
        assert (row.reached or 0) >= row.live // STEP
        for number in range(1, row.live // STEP + 1):
            assert (row.division_id, number) in told

    named = db.session.execute(
        select(District.division_id, LedgerEntry.signature_id, Milestone.id)
        .join(District, District.id == LedgerEntry.district_id)
        .join(
            Milestone,
            (Milestone.campaign_id == LedgerEntry.campaign_id)
            & (Milestone.district_id == LedgerEntry.district_id)
            & (Milestone.number == LedgerEntry.carried_by),
        )
        .where(Milestone.sealed_at.is_not(None), Milestone.inherited.is_(False))
        .distinct()
    ).all()
    doubled = Counter((row.division_id, row.signature_id) for row in named)
    assert not named or max(doubled.values()) == 1
