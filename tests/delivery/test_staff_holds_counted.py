"""Staff hold a delivery while the people of its hundred leave, or are invalidated."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db
from petition.counting.departures import take_out_batch
from petition.counting.verdicts import invalidate
from petition.delivery.staff_holds import hold_delivery, release_delivery
from petition.models import Delivery, DeliveryState, HoldReason, Signature
from petition.signers.withdraw import withdraw_signature
from tests.web.public_world import World, make_world

STEP = 5
pytestmark = pytest.mark.both_databases


@pytest.fixture
def world(make_app: Callable[..., Flask]) -> Iterator[World]:
    """A hundred of five people whose one delivery staff hold."""
    app = make_app(PETITION_BRAKE_LETTERS_A_DAY="off")
    with app.app_context():
        made = make_world(app, step=STEP)
        made.count(STEP)
        db.session.rollback()
        hold_delivery(find(made).id, "staff:7", "wait")
        yield made
        db.session.remove()


def find(world: World) -> Delivery:
    """Return the first delivery as it is now."""
    db.session.rollback()
    return db.session.scalars(
        select(Delivery).order_by(Delivery.id).limit(1).execution_options(populate_existing=True)
    ).one()


def leave(world: World, people: int) -> None:
    """So many signers withdraw, and counting takes them out."""
    db.session.rollback()
    for signature_id in db.session.scalars(select(Signature.id).limit(people)).all():
        withdraw_signature(signature_id)
    take_out_batch(world.campaign_id)


def test_whoever_left_keeps_it_held_by_staff_and_then_by_the_count(world: World) -> None:
    leave(world, 1)
    held = find(world)
    assert (held.state, held.reason) == (DeliveryState.HELD, HoldReason.STAFF)

    release_delivery(held.id, "staff:7")
    world.send(held.milestone_id)
    assert find(world).reason == HoldReason.BELOW

    world.count(1)  # the hundred is reached again
    world.send(held.milestone_id)
    assert find(world).state == DeliveryState.ACCEPTED


def test_reached_again_it_stays_held_by_staff(world: World) -> None:
    leave(world, 2)
    world.count(3)

    held = find(world)
    world.send(held.milestone_id)

    assert (find(world).state, find(world).reason) == (DeliveryState.HELD, HoldReason.STAFF)


def test_an_invalidated_hundred_is_not_sent_by_a_release(world: World) -> None:
    held = find(world)
    invalidate(held.milestone_id, "Made by a program", "staff:7")
    assert find(world).reason == HoldReason.STAFF

    release_delivery(held.id, "staff:7")
    world.send(held.milestone_id)

    row = find(world)
    assert (row.state, row.reason, row.attempt) == (DeliveryState.HELD, HoldReason.BELOW, 0)
