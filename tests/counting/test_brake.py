"""The brake: a hundred is looked at before its letter is made, on one exact list of people."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, UserError
from petition.core.extensions import db, get_settings, transaction
from petition.counting.brake import look_at
from petition.counting.departures import take_out_batch
from petition.counting.evidence import HeldBecause
from petition.counting.ledger import count_batch
from petition.counting.milestone_list import count_held, get_hundred, list_hundreds
from petition.counting.verdicts import invalidate, put_back, release
from petition.delivery.send import deliver
from petition.models import (
    Campaign,
    Delivery,
    DeliveryState,
    District,
    Event,
    LedgerEntry,
    Milestone,
    MilestoneState,
    Placement,
    Signature,
    SignatureState,
    Tally,
)
from petition.signers.withdraw import withdraw_signature
from tests.factories import (
    make_campaign,
    make_district,
    make_person,
    make_post,
    make_signature,
    render_milestone,
)
from tests.letter_store import LetterStore

STEP = 10
LOOKS = {
    "PETITION_BRAKE_NETWORK_SHARE": "40",
    "PETITION_BRAKE_DOMAIN_SHARE": "40",
    "PETITION_BRAKE_UNLOADED_SHARE": "60",
    "PETITION_BRAKE_LETTERS_A_DAY": "3",
}


class World:
    """A campaign of step ten and a county with one post, in an app that looks."""

    def __init__(self, **campaign: Any) -> None:
        with transaction() as session:
            made = make_campaign(session, step=STEP, **campaign)
            district = make_district(session)
            make_post(session, district)
        self.campaign_id, self.district_id = made.id, district.id
        self.count = 0

    def sign(self, how_many: int, **changes: Any) -> list[int]:
        """Count so many people more; each is somebody of their own unless ``changes`` say so."""
        ids = []
        with transaction() as session:
            campaign = session.get_one(Campaign, self.campaign_id)
            district = session.get_one(District, self.district_id)
            for _ in range(how_many):
                self.count += 1
                values = {
                    "person": make_person(
                        given_name=f"Given{self.count}",
                        family_name="Family" + "abcdefghij"[self.count % 10] * (self.count // 10),
                        email=f"person-{self.count}@isp-{self.count}.example",
                    ),
                    "networks": self.count.to_bytes(8, "big"),
                    "loaded_form": True,
                    "form_at": utcnow() - timedelta(seconds=60 + self.count),
                    "confirmed_at": utcnow() - timedelta(days=30, hours=-10 * self.count),
                }
                made = {name: make(self.count) for name, make in changes.items()}
                signature = make_signature(
                    session, campaign, state=SignatureState.LOCATED, due_at=None, **(values | made)
                )
                session.add(
                    Placement(
                        signature_id=signature.id,
                        layer=district.layer,
                        district_id=district.id,
                        found_by="polygon",
                    )
                )
                ids.append(signature.id)
        count_batch(self.campaign_id)
        return ids

    def render(self) -> list[int]:
        """Do what the render jobs do for each milestone; return the deliveries that are ready."""
        db.session.rollback()
        ids = db.session.scalars(select(Milestone.id).order_by(Milestone.number)).all()
        store = LetterStore(get_settings().letters_dir)
        return [ready for id in ids for ready in render_milestone(id, store)]

    def send(self) -> list[DeliveryState | None]:
        store = LetterStore(get_settings().letters_dir)
        return [deliver(ready, store.read) for ready in self.render()]

    def states(self) -> list[str]:
        db.session.rollback()
        return list(db.session.scalars(select(Milestone.state).order_by(Milestone.number)))

    def deliveries(self) -> list[tuple[str, str | None]]:
        db.session.rollback()
        rows = db.session.execute(select(Delivery.state, Delivery.reason).order_by(Delivery.id))
        return [(state, reason) for state, reason in rows]

    def held(self) -> int:
        (hundred, *_) = list_hundreds(MilestoneState.HELD)
        db.session.rollback()
        return hundred.id


def robot(number: int) -> bytes:
    return b"onerobot"


@pytest.fixture
def world(make_app: Callable[..., Flask]) -> Any:
    with make_app(**LOOKS).app_context():
        yield World()
        db.session.remove()


def test_a_hundred_of_people_is_cleared_and_its_letter_goes(world: World) -> None:
    world.sign(STEP)

    assert world.send() == [DeliveryState.ACCEPTED]
    assert world.states() == ["cleared"]
    (hundred,) = list_hundreds()
    assert hundred.reasons == []
    assert hundred.evidence["network"] == {
        "count": 1, "known": STEP, "unknown": 0, "share": 10.0, "limit": 40.0
    }  # fmt: skip


def test_a_hundred_from_one_network_is_held_and_nothing_is_made(world: World) -> None:
    world.sign(STEP, networks=robot)

    assert world.send() == []
    assert world.states() == ["held"]
    assert world.deliveries() == [("held", "milestone-held")]
    assert get_hundred(world.held()).reasons == ["network"]
    assert count_held() == 1
    # Time releases nothing.
    assert world.send() == []


def test_released_exactly_one_letter_goes(world: World) -> None:
    world.sign(STEP, networks=robot)
    world.send()

    decided = release(world.held(), "A stall at the fair", "test")

    assert len(decided.milestones) == 1
    assert world.send() == [DeliveryState.ACCEPTED]
    assert world.send() == []
    assert world.states() == ["cleared"]


def test_a_release_needs_a_reason_and_something_that_is_held(world: World) -> None:
    world.sign(STEP, networks=robot)
    world.render()
    held = world.held()

    with pytest.raises(InvalidInput):
        release(held, "  ", "test")
    release(held, "A stall", "test")
    with pytest.raises(UserError):
        release(held, "Once more", "test")


def test_who_released_another_list_than_there_is_now_is_told_so(world: World) -> None:
    first, *_ = world.sign(STEP, networks=robot)
    world.render()
    held, seen = world.held(), get_hundred(world.held()).judged_list

    withdraw_signature(first)
    with pytest.raises(UserError):
        release(held, "A stall", "test", seen)
    take_out_batch(world.campaign_id)
    world.sign(1, networks=robot)
    world.render()

    with pytest.raises(UserError):
        release(held, "A stall", "test", seen)
    assert world.states() == ["held"]
    assert release(held, "A stall", "test", get_hundred(held).judged_list).milestones == [held]


def test_a_released_list_that_changes_before_it_goes_is_judged_anew(world: World) -> None:
    first, *_ = world.sign(STEP, networks=robot)
    world.render()
    release(world.held(), "A stall", "test")
    assert len(world.render()) == 1

    withdraw_signature(first)
    take_out_batch(world.campaign_id)
    world.sign(1, networks=robot)

    assert world.send() == []
    assert world.states() == ["held"]


def test_a_release_holds_for_the_same_people_whoever_else_leaves(world: World) -> None:
    world.sign(STEP, networks=robot)
    other, *_ = world.sign(STEP)
    world.render()
    release(world.held(), "A stall", "test")

    withdraw_signature(other)
    take_out_batch(world.campaign_id)

    assert world.states() == ["reached", "reached"]
    assert world.send() == [DeliveryState.ACCEPTED]
    assert world.states()[0] == "cleared"


def test_while_one_is_held_the_later_ones_of_its_district_wait(world: World) -> None:
    world.sign(STEP, networks=robot)
    world.sign(STEP)

    assert world.send() == []
    assert world.states() == ["held", "held"]
    first, second = list_hundreds(MilestoneState.HELD)
    assert (first.reasons, second.reasons) == (["network"], ["earlier-held"])
    with pytest.raises(UserError):
        release(second.id, "It looks fine", "test")

    release(first.id, "A stall", "test")

    assert world.send() == [DeliveryState.ACCEPTED, DeliveryState.ACCEPTED]
    assert world.states() == ["cleared", "cleared"]


def test_one_that_is_odd_itself_is_held_on_when_the_earlier_one_goes(world: World) -> None:
    world.sign(2 * STEP, networks=robot)
    world.render()
    first, second = list_hundreds(MilestoneState.HELD)

    release(first.id, "A stall", "test")

    assert world.send() == [DeliveryState.ACCEPTED]
    assert world.states() == ["cleared", "held"]
    assert get_hundred(second.id).reasons == ["network"]


def test_invalidated_they_leave_count_and_letter_and_can_be_put_back(world: World) -> None:
    robots = world.sign(6, networks=robot)
    people = world.sign(4)
    world.render()
    held = world.held()

    decided = invalidate(held, "Made by a program", "test", HeldBecause.NETWORK)

    assert decided.signatures == 6
    assert world.send() == []
    assert db.session.scalar(select(Tally.live)) == 4
    rows = db.session.execute(
        select(Signature.id, Signature.state, Signature.reject_reason).order_by(Signature.id)
    ).all()
    assert [tuple(row) for row in rows] == [
        *((id, "rejected", "forged") for id in robots),
        *((id, "counted", None) for id in people),
    ]
    db.session.rollback()
    world.sign(6)
    assert world.send() == [DeliveryState.ACCEPTED]
    named = set(
        db.session.scalars(
            select(LedgerEntry.signature_id).where(
                LedgerEntry.carried_by == 1, LedgerEntry.left_at.is_(None)
            )
        )
    )
    assert named.isdisjoint(robots)
    assert len(named) == STEP

    db.session.rollback()
    assert put_back(held, "They were a choir", "test").signatures == 6

    with transaction() as session:  # as locating finds them where they were
        session.execute(
            Signature.__table__.update()
            .where(Signature.state == SignatureState.CONFIRMED)
            .values(state=SignatureState.LOCATED, due_at=None)
        )
    count_batch(world.campaign_id)
    assert db.session.scalar(select(Tally.live)) == 16
    # Never into the letter that went without them.
    carried = select(LedgerEntry.signature_id).where(
        LedgerEntry.signature_id.in_(robots), LedgerEntry.carried_by == 1
    )
    assert db.session.scalars(carried.where(LedgerEntry.left_at.is_(None))).all() == []


def test_what_has_gone_is_not_invalidated_and_after_thirty_days_nobody_is_put_back(
    world: World, make_later: Callable[[timedelta], None]
) -> None:
    world.sign(STEP)
    world.send()
    (sent,) = list_hundreds()
    with pytest.raises(UserError):
        invalidate(sent.id, "Too late", "test")

    world.sign(STEP, networks=robot)
    world.render()
    held = world.held()
    invalidate(held, "Made by a program", "test")
    make_later(timedelta(days=30, seconds=1))

    with pytest.raises(UserError):
        put_back(held, "They were a choir", "test")


def test_who_has_signed_again_since_is_not_put_back_beside_themselves(world: World) -> None:
    first, *_ = world.sign(STEP, networks=robot)
    world.render()
    held = world.held()
    invalidate(held, "Made by a program", "test")
    with transaction() as session:
        person = session.get_one(Signature, first).person
        make_signature(session, session.get_one(Campaign, world.campaign_id), person=person)

    assert put_back(held, "They were a choir", "test").signatures == STEP - 1


def test_the_fourth_letter_of_a_day_is_held_and_a_backlog_is_no_rush(world: World) -> None:
    now = utcnow()

    world.sign(
        4 * STEP, confirmed_at=lambda number: now - timedelta(days=9) + number * timedelta(hours=6)
    )
    assert world.send() == [DeliveryState.ACCEPTED] * 4

    world.sign(4 * STEP, confirmed_at=lambda number: now + timedelta(minutes=20 * number))
    assert world.send() == [DeliveryState.ACCEPTED] * 3
    assert get_hundred(world.held()).reasons == ["letters-today"]


def test_what_is_not_known_is_said_and_too_little_concludes_nothing(world: World) -> None:
    world.sign(STEP - 1, networks=lambda number: None)
    world.sign(1, networks=robot)

    assert world.send() == [DeliveryState.ACCEPTED]
    network = list_hundreds()[0].evidence["network"]
    assert (network["known"], network["unknown"], network["share"]) == (1, 9, None)


def test_one_form_that_is_sent_again_and_again_was_loaded_once(world: World) -> None:
    moment = utcnow()
    world.sign(STEP, form_at=lambda number: moment)

    assert world.send() == []
    assert get_hundred(world.held()).evidence["unloaded"]["count"] == STEP - 1


def test_racing_looks_give_one_verdict(make_app: Callable[..., Flask]) -> None:
    app = make_app(**LOOKS)
    with app.app_context():
        world = World()
        world.sign(STEP, networks=robot)
        (milestone_id,) = db.session.scalars(select(Milestone.id)).all()
        db.session.remove()

    def look(_: int) -> list[int]:
        with app.app_context():
            return look_at(milestone_id)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(look, range(8))) == [[]] * 8

    with app.app_context():
        verdicts = select(Event.id).where(Event.action == "milestone.held")
        assert len(db.session.scalars(verdicts).all()) == 1
        assert world.states() == ["held"]
