"""Maps that are put back, people who move at the edge, and letters that are under way."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from flask.ctx import AppContext
from sqlalchemy import select, text

from petition.core.clock import utcnow
from petition.core.database import hold_boundaries
from petition.core.errors import OperatorError
from petition.core.extensions import db, get_settings, transaction
from petition.counting.ledger import count_batch
from petition.counting.milestones import plan_missing
from petition.counting.recalls import recall_batch
from petition.delivery.send import deliver
from petition.letters.milestone_reader import read_contents, read_members
from petition.locating.locate import locate_batch
from petition.locating.review_decisions import settle
from petition.models import (
    Delivery,
    District,
    LedgerEntry,
    Milestone,
    Placement,
    Post,
    Signature,
    SignatureState,
)
from petition.moderation.printable_words import read_words
from petition.postal.time_zones import find_day
from petition.redistricting.activation import activate
from petition.replies.reply_list import ReplyList
from petition.signers.withdraw import withdraw_signature
from tests.factories import edit_signed, make_campaign, make_post
from tests.letter_store import LetterStore
from tests.redistricting.world import (
    AFTER,
    AMHERST,
    CAMBRIDGE,
    STEP,
    lay_state,
    name_division,
    read_deliveries,
    read_tallies,
    send,
    sign,
    store,
    work,
)
from tests.stored_letters import store_milestone


def list_named(division: str) -> list[int]:
    """Return whom the letters of a division have named, each as often as it was."""
    db.session.rollback()
    rows = db.session.execute(
        select(LedgerEntry.signature_id, Milestone.id)
        .join(District, District.id == LedgerEntry.district_id)
        .join(
            Milestone,
            (Milestone.campaign_id == LedgerEntry.campaign_id)
            & (Milestone.district_id == LedgerEntry.district_id)
            & (Milestone.number == LedgerEntry.carried_by),
        )
        .where(
            District.division_id == name_division(division),
            Milestone.sealed_at.is_not(None),
            Milestone.inherited.is_(False),
        )
        .distinct()
    )
    return [row.signature_id for row in rows]


@pytest.mark.parametrize("recalled", [False, True])
def test_a_wrong_map_that_is_put_back_at_once_stops_no_letter(
    context: AppContext, recalled: bool
) -> None:
    first, campaign_id = lay_state()
    sign(campaign_id, AMHERST, 12)
    work(campaign_id)
    activate(store(AFTER, "after"))
    if recalled:
        recall_batch()

    activate(first)
    work(campaign_id)
    send(campaign_id)

    assert read_deliveries() == [("one", 1, "accepted", None)]


def test_who_was_settled_back_into_the_same_district_is_not_named_again(
    context: AppContext,
) -> None:
    _, campaign_id = lay_state()
    signers = sign(campaign_id, AMHERST, STEP)
    work(campaign_id)
    send(campaign_id)
    with transaction() as session:
        # Their address is unknown now: into review, and out of the count.
        moved = session.get_one(Signature, signers[0])
        district_id = session.scalars(
            select(Placement.district_id).where(Placement.signature_id == moved.id)
        ).one()
        session.execute(
            text("UPDATE signatures SET state = 'confirmed' WHERE id = :id"), {"id": moved.id}
        )
        session.execute(
            text(
                "UPDATE signatures SET state = 'review', relocated = :yes, due_at = :now"
                " WHERE id = :id"
            ),
            {"id": moved.id, "yes": True, "now": utcnow() - timedelta(minutes=1)},
        )
        session.execute(text("DELETE FROM placements WHERE signature_id = :id"), {"id": moved.id})
    work(campaign_id)
    assert read_tallies() == {"one": (9, 1)}

    settle(signers[0], {"county": district_id}, "told by phone", "test")
    work(campaign_id)
    sign(campaign_id, AMHERST, STEP)
    work(campaign_id)
    send(campaign_id)

    named = list_named("one")
    assert read_tallies() == {"one": (20, 2)}
    assert len(named) == len(set(named)) == 20


def test_nobody_is_left_out_of_every_letter_by_a_map_that_is_put_back(
    context: AppContext,
) -> None:
    first, campaign_id = lay_state()
    sign(campaign_id, AMHERST, 12)
    work(campaign_id)
    activate(store(AFTER, "after"))
    recall_batch(limit=STEP)
    locate_batch()
    count_batch(campaign_id)
    send(campaign_id)
    assert read_deliveries()[-1] == ("one", 1, "accepted", None)

    activate(first)
    work(campaign_id)
    sign(campaign_id, AMHERST, 8)
    work(campaign_id)
    send(campaign_id)

    assert read_tallies() == {"one": (20, 2)}
    assert len(set(list_named("one"))) == 20


def test_a_letter_does_not_name_who_moved_away_before_it_was_sealed(
    context: AppContext,
) -> None:
    _, campaign_id = lay_state()
    signers = sign(campaign_id, AMHERST, 2 * STEP)
    work(campaign_id)
    letters = LetterStore(get_settings().letters_dir)
    first, second = db.session.scalars(select(Milestone.id).order_by(Milestone.number)).all()
    for delivery_id in store_milestone(second, letters):
        deliver(delivery_id, letters.read)
    carried = db.session.scalars(
        select(LedgerEntry.signature_id).where(LedgerEntry.carried_by == 1)
    ).all()
    with transaction() as session:
        two = session.scalars(
            select(District.id).where(District.division_id == name_division("two"))
        ).one()
        session.execute(
            text("UPDATE signatures SET state = 'confirmed', relocated = :yes WHERE id = :id"),
            {"id": carried[0], "yes": True},
        )
        session.execute(
            text("UPDATE placements SET district_id = :two WHERE signature_id = :id"),
            {"id": carried[0], "two": two},
        )
        session.execute(
            text("UPDATE signatures SET state = 'located' WHERE id = :id"), {"id": carried[0]}
        )
    work(campaign_id)

    with transaction() as session:
        milestone = session.get_one(Milestone, first)
        names = {member.ordinal for member in read_members(session, milestone)}

    assert len(signers) == 20 and carried[0] in signers
    assert len(names) == STEP - 1


def test_the_second_post_of_a_letter_that_went_gets_it_too(context: AppContext) -> None:
    _, campaign_id = lay_state("one", "two")
    with transaction() as session:
        make_post(
            session,
            District(division_id=name_division("one"), name="one"),
            key="seat",
            is_body=False,
            title="Member",
        )
    people = sign(campaign_id, AMHERST, STEP)
    work(campaign_id)
    send(campaign_id)
    withdraw_signature(people[0])
    work(campaign_id)
    with transaction() as session:
        held = session.scalars(select(Delivery).where(Delivery.state == "held")).one()
        held.reason = "below-milestone"

    activate(store(AFTER, "after"))
    with transaction() as session:
        session.execute(text("UPDATE posts SET is_body = :yes"), {"yes": True})
    work(campaign_id)
    send(campaign_id)

    states = [row[2] for row in read_deliveries()]
    assert states == ["accepted", "accepted"]


def test_two_sets_of_one_layer_are_not_approved_for_one_day(context: AppContext) -> None:
    lay_state()
    day = utcnow().date() + timedelta(days=5)
    activate(store(AFTER, "after"), day)

    with pytest.raises(OperatorError, match="is already approved for"):
        activate(store({"one": AFTER["one"]}, "another"), day)


def test_a_campaign_that_writes_to_no_post_keeps_no_other_from_its_letters(
    context: AppContext,
) -> None:
    _, nobody = lay_state()
    with transaction() as session:
        edit_signed(session, nobody, recipients={"county": ["mayor"]})
        loud = make_campaign(session, step=STEP).id
    for campaign_id in (nobody, loud):
        sign(campaign_id, AMHERST, STEP)
    with transaction() as session:
        session.execute(text("UPDATE posts SET active = :no"), {"no": False})
    for campaign_id in (nobody, loud):
        work(campaign_id)
    assert read_deliveries() == []
    with transaction() as session:
        session.execute(text("UPDATE posts SET active = :yes"), {"yes": True})

    planned = plan_missing(limit=1)

    milestone = db.session.get_one(Milestone, planned[0])
    assert milestone.campaign_id == loud
    assert plan_missing(limit=1) == []


def test_since_is_the_day_the_division_was_first_signed_for_whatever_its_boundaries(
    context: AppContext, make_later: Any
) -> None:
    _, campaign_id = lay_state()
    sign(campaign_id, AMHERST, 3)
    work(campaign_id)
    began = find_day(utcnow(), "MA")
    make_later(timedelta(days=400))
    activate(store(AFTER, "after"))
    work(campaign_id)
    sign(campaign_id, AMHERST, 7)
    work(campaign_id)

    with transaction() as session:
        milestone = session.scalars(select(Milestone)).one()
        post = session.scalars(select(Post).where(Post.division_id == name_division("one"))).one()
        addressee = post.address(utcnow().date())
        assert addressee is not None
        members = read_members(session, milestone)
        words = read_words(session, milestone)
        [content] = read_contents(
            session, milestone, members, words, ReplyList(), [addressee], utcnow()
        )

    assert content.since == began
    states = db.session.scalars(select(Signature.state)).all()
    assert set(states) == {SignatureState.COUNTED}


def test_people_of_two_districts_may_be_counted_in_the_same_batch(context: AppContext) -> None:
    _, campaign_id = lay_state()
    sign(campaign_id, AMHERST, 3)
    sign(campaign_id, CAMBRIDGE, 4)
    work(campaign_id)
    activate(store(AFTER, "after"))
    sign(campaign_id, AMHERST, 2)

    work(campaign_id)

    assert read_tallies() == {"one": (5, 0), "two": (4, 0)}


def test_no_boundaries_come_into_force_under_a_batch(context: AppContext) -> None:
    country = store(AFTER, "country", scope="us")
    activate(country)
    own = store({"one": AFTER["one"]}, "own")
    app = context.app
    begun, done = threading.Event(), threading.Event()

    def activate_beside() -> None:
        with app.app_context():
            begun.wait(10)
            activate(own)
            done.set()
            db.session.remove()

    other = threading.Thread(target=activate_beside)
    other.start()
    with transaction() as session:
        hold_boundaries(session)
        before = session.scalars(select(District.id).where(District.in_force)).all()
        begun.set()
        waited = not done.wait(0.7)
        after = session.scalars(select(District.id).where(District.in_force)).all()
    other.join(20)

    assert waited and before == after
    assert done.is_set()
    in_force = db.session.scalars(select(District.boundary_set_id).where(District.in_force)).all()
    assert set(in_force) == {own}
