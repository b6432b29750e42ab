"""Redistricting: people are counted where they live now, and nobody is written to twice."""

import hashlib
from datetime import timedelta

import pytest
from flask.ctx import AppContext
from sqlalchemy import select, text

from petition.core.clock import utcnow
from petition.core.errors import NotFound
from petition.core.extensions import db, get_settings, transaction
from petition.counting.recalls import count_left_behind, recall_batch
from petition.models import (
    BoundarySet,
    District,
    LedgerEntry,
    Letter,
    Milestone,
    Signature,
    SignatureState,
)
from petition.redistricting.activation import activate, activate_due
from petition.signers.withdraw import withdraw_signature
from tests.letter_store import LetterStore
from tests.redistricting.world import (
    AFTER,
    AMHERST,
    BEFORE,
    CAMBRIDGE,
    FITCHBURG,
    PROVINCETOWN,
    STEP,
    count_live_rows,
    lay_state,
    list_carried,
    read_deliveries,
    read_tallies,
    send,
    sign,
    store,
    work,
)


@pytest.fixture
def campaign(context: AppContext) -> int:
    """A campaign in a state of two districts, in which letters have gone."""
    _, campaign_id = lay_state()
    for postal_code, people in ((AMHERST, 15), (FITCHBURG, 12), (CAMBRIDGE, 5), (PROVINCETOWN, 12)):
        sign(campaign_id, postal_code, people)
        work(campaign_id)
    send(campaign_id)
    assert read_tallies() == {"one": (27, 2), "two": (17, 1)}
    assert {row[2] for row in read_deliveries()} == {"accepted"}
    return campaign_id


def test_everybody_is_counted_once_where_they_live_now(campaign: int) -> None:
    activate(store(AFTER, "after"))
    work(campaign)

    assert read_tallies() == {"one": (15, 2), "two": (17, 1), "three": (12, 1)}
    assert count_live_rows() == 15 + 17 + 12
    assert count_left_behind() == 0


def test_a_division_writes_once_for_each_hundred_whatever_its_boundaries(campaign: int) -> None:
    before = read_deliveries()

    activate(store(AFTER, "after"))
    work(campaign)
    sent = send(campaign)

    # The one that is new to the map has never written; the others wait for their next hundred.
    assert read_deliveries() == [*before, ("three", 1, "accepted", None)]
    assert len(sent) == 1
    assert len(list_carried("three", 1)) == STEP


def test_the_next_letter_names_those_whom_its_lawmaker_has_not_read_of(campaign: int) -> None:
    named = {
        row.signature_id
        for row in db.session.scalars(select(LedgerEntry).where(LedgerEntry.carried_by == 1))
    }
    activate(store(AFTER, "after"))
    work(campaign)
    new = sign(campaign, CAMBRIDGE, 3)
    work(campaign)
    send(campaign)

    assert read_tallies()["two"] == (20, 2)
    carried = list_carried("two", 2)
    everybody = set(
        db.session.scalars(select(Signature.id).where(Signature.state == SignatureState.COUNTED))
    )
    assert set(new) <= carried <= everybody
    assert len(carried) == 15  # 12 of Fitchburg, who were the other district's, and the 3 new ones
    assert not carried & list_carried("two", 1)
    assert list_carried("two", 1) <= named


def test_letters_that_went_stay_as_they_were(campaign: int) -> None:
    letters = LetterStore(get_settings().letters_dir)
    before = {row.id: row.sha256 for row in db.session.scalars(select(Letter))}

    activate(store(AFTER, "after"))
    work(campaign)
    send(campaign)

    after = {row.id: row.sha256 for row in db.session.scalars(select(Letter))}
    assert before.items() <= after.items()
    for digest in before.values():
        assert hashlib.sha256(letters.read(digest)).hexdigest() == digest
    names = db.session.scalars(
        select(District.name).join(Milestone, Milestone.district_id == District.id)
    ).all()
    assert "District One" in names


def test_a_hundred_that_had_not_begun_to_go_is_reached_anew_and_sent_once(
    context: AppContext,
) -> None:
    _, campaign_id = lay_state()
    sign(campaign_id, AMHERST, 12)
    work(campaign_id)
    assert read_deliveries() == [("one", 1, "queued", None)]

    result = activate(store(AFTER, "after"))
    work(campaign_id)
    send(campaign_id)

    assert (result.held, result.inherited) == (1, 0)
    assert read_deliveries() == [
        ("one", 1, "held", "redistricted"),
        ("one", 1, "accepted", None),
    ]


def test_the_old_boundaries_may_be_put_back_and_nothing_is_sent_twice(
    context: AppContext,
) -> None:
    first, campaign_id = lay_state()
    sign(campaign_id, AMHERST, 12)
    work(campaign_id)
    activate(store(AFTER, "after"))
    work(campaign_id)
    send(campaign_id)

    activate(first)
    work(campaign_id)
    send(campaign_id)

    assert read_tallies() == {"one": (12, 1)}
    assert [row[2] for row in read_deliveries()].count("accepted") == 1


def test_held_letters_go_when_the_old_boundaries_are_put_back_before_any_went(
    context: AppContext,
) -> None:
    first, campaign_id = lay_state("one", "two")
    sign(campaign_id, PROVINCETOWN, 12)
    work(campaign_id)
    assert read_deliveries() == [("two", 1, "queued", None)]
    activate(store(AFTER, "after"))  # Provincetown is in three now, which has no post
    work(campaign_id)

    activate(first)
    work(campaign_id)
    send(campaign_id)

    assert read_tallies() == {"two": (12, 1)}
    assert read_deliveries() == [("two", 1, "accepted", None)]


def test_nobody_is_lost_while_people_are_moved(campaign: int) -> None:
    activate(store(AFTER, "after"))
    recall_batch(limit=7)

    assert count_live_rows() == 44
    work(campaign)
    assert count_live_rows() == 44


def test_who_withdraws_while_being_moved_is_counted_nowhere(campaign: int) -> None:
    activate(store(AFTER, "after"))
    recall_batch()
    leaving = db.session.scalars(
        select(Signature.id).where(Signature.state == SignatureState.CONFIRMED).limit(1)
    ).one()
    withdraw_signature(leaving)

    work(campaign)

    assert count_live_rows() == 43


def test_who_lies_in_no_district_any_more_waits_in_review_and_counts_nowhere(
    campaign: int,
) -> None:
    activate(store({name: AFTER[name] for name in ("one", "two")}, "without the east"))
    work(campaign)

    assert read_tallies() == {"one": (15, 2), "two": (17, 1)}
    assert count_live_rows() == 32
    reasons = db.session.scalars(
        select(Signature.review_reason).where(Signature.state == SignatureState.REVIEW)
    ).all()
    assert reasons == ["several-counties"] * 12  # which no ZIP tells any more


def test_those_in_review_are_looked_at_again_when_a_set_comes(campaign: int) -> None:
    activate(store({name: AFTER[name] for name in ("one", "two")}, "without the east"))
    work(campaign)

    activate(store(AFTER, "after"))
    work(campaign)

    assert read_tallies()["three"] == (12, 1)
    assert count_live_rows() == 44


def test_a_states_own_set_takes_its_part_of_the_countrys(context: AppContext) -> None:
    country = store(BEFORE, "country", scope="us")
    activate(country)
    own = store(AFTER, "own")
    activate(own)

    in_force = db.session.scalars(select(District.boundary_set_id).where(District.in_force)).all()

    assert set(in_force) == {own}
    assert db.session.get_one(BoundarySet, country).state == "active"


def test_an_approved_set_comes_into_force_on_its_day_and_not_before(
    context: AppContext, make_later: object
) -> None:
    lay_state()
    later = store(AFTER, "after")
    day = utcnow().date() + timedelta(days=3)

    approved = activate(later, day)
    early = activate_due()
    make_later(timedelta(days=3))  # type: ignore[operator]
    due = activate_due()

    assert (approved.in_force, approved.on) == (False, day)
    assert (early, due) == (0, 1)
    assert db.session.get_one(BoundarySet, later).in_force_from == day
    assert activate_due() == 0


def test_a_second_activation_changes_nothing(campaign: int) -> None:
    after = store(AFTER, "after")
    activate(after)
    work(campaign)

    again = activate(after)

    assert (again.in_force, again.districts, again.closed) == (True, 0, 0)
    assert recall_batch() == 0


def test_an_unknown_set_is_not_found(context: AppContext) -> None:
    with pytest.raises(NotFound):
        activate(4711)


def test_a_sealed_letter_takes_no_new_name_even_if_it_was_named_elsewhere(campaign: int) -> None:
    with pytest.raises(Exception, match="sealed letter takes no more names"), transaction() as s:
        s.execute(
            text(
                "INSERT INTO ledger (campaign_id, district_id, ordinal, signature_id, layer,"
                " joined_at, carried_by, left_at) SELECT campaign_id, district_id, 900, ("
                "  SELECT max(signature_id) FROM ledger), layer, joined_at, 1, joined_at"
                " FROM ledger WHERE carried_by = 1 LIMIT 1"
            )
        )
