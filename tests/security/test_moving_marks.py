"""Moving, mailbox by mailbox: each layer by itself, what an erasure leaves, and every way round."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.counting.ledger import count_batch
from petition.locating.locate import locate_batch
from petition.models import District, Milestone, NamedMailbox, Signature, SignatureState
from petition.models.signatures.relocation import MOVE_WAIT
from petition.models.signatures.signature import MOVED_AFTER_LETTER
from petition.redistricting.activation import activate
from petition.signers.named_record import forget_named
from petition.signers.withdraw import erase_signature
from petition.signing.location_questions import make_question
from tests.factories import make_post
from tests.ground import POSTAL_CODE, SLUG
from tests.redistricting.world import send, store, work
from tests.security.moving_world import COUNTIES, EDGES, Land, lay_land, open_campaign, sign_all
from tests.web.public_world import open_page, read_words
from tests.web.street_world import EAST, WEST, Town, lay_town, store_areas

FIRST, SECOND, THIRD, *_ = COUNTIES
Later = Callable[[timedelta], None]


def read_marks(app: Flask) -> list[NamedMailbox]:
    with app.app_context():
        return list(db.session.scalars(select(NamedMailbox)))


def lay_layers(app: Flask) -> tuple[Town, Land]:
    """Put one county in force, and two house districts in it, with a street in each."""
    lay_town(app, step=2, layers=["sldl"])
    with app.app_context():
        activate(store_areas({"whole": (-73.5, -69.5)}, "test", "county"))
        with transaction() as session:
            division = "ocd-division/country:us/state:ma/county:whole"
            make_post(session, District(division_id=division, name="Whole County"))
    land = open_campaign(app, 2, layers=["county", "sldl"])
    return Town(app, land.campaign_id), land


def move_street(land: Land, street: str) -> TestResponse:
    return land.act(1, do="address", street_address=street, postal_code=POSTAL_CODE)


def test_who_was_named_in_the_house_letter_waits_though_the_county_is_the_same(
    street_app: Flask,
) -> None:
    town, land = lay_layers(street_app)
    land.ids = {1: town.put(WEST), 2: town.put(WEST)}
    land.work()

    move_street(land, EAST)
    land.work()

    assert land.read(1).review_reason == MOVED_AFTER_LETTER
    assert land.count() == {"west": 1, "whole": 1}


def test_who_was_named_in_the_county_letter_counts_in_another_house_district_at_once(
    street_app: Flask,
) -> None:
    town, land = lay_layers(street_app)
    land.ids = {1: town.put(WEST), 2: town.put(EAST)}
    with street_app.app_context():
        assert db.session.scalars(select(Milestone.district_id)).all() == [
            town.find("whole", "county")
        ]
    land.work()
    assert land.list_letters() == ["whole"]

    move_street(land, EAST)
    with street_app.app_context():
        work(land.campaign_id)

    assert land.read(1).state == SignatureState.COUNTED
    assert land.count() == {"east": 2, "whole": 2}


def test_who_is_named_between_locating_and_counting_waits_all_the_same(app: Flask) -> None:
    land = lay_land(app, step=2)
    for person in (1, 2):
        land.sign(person, FIRST)
    with app.app_context():
        work(land.campaign_id)
        land.move(1, SECOND)
        assert locate_batch().located == 1
        assert len(send(land.campaign_id)) == 1

        assert count_batch(land.campaign_id).signatures == 1

    assert land.read(1).state == SignatureState.CONFIRMED
    land.work()
    assert land.read(1).review_reason == MOVED_AFTER_LETTER
    assert land.count() == {FIRST: 1}


def test_new_boundaries_are_no_move_and_free_nobody(app: Flask) -> None:
    land = lay_land(app, step=2)
    sign_all(land, [1, 2], SECOND)
    # The first county takes the second one's people; a third is drawn where they are not.
    edges = {"one": (EDGES[0], EDGES[2]), "two": (EDGES[2], EDGES[3]), "six": EDGES[5:7]}
    with app.app_context():
        activate(store({name: tuple(edge) for name, edge in edges.items()}, "redrawn"))

    land.work()
    redrawn = land.count()
    land.move(1, "six")
    land.work()

    assert redrawn == {"one": 2}
    assert land.read(1).review_reason == MOVED_AFTER_LETTER
    assert land.count() == {"one": 1}


def test_who_waits_goes_on_waiting_under_new_boundaries(app: Flask) -> None:
    land = lay_land(app, step=2)
    sign_all(land, [1, 2], FIRST)
    land.move(1, SECOND)
    land.work()
    until = land.read(1).waits_until
    with app.app_context():
        activate(store({"one": EDGES[:2], "two": (EDGES[1], EDGES[7])}, "redrawn"))

    land.work()

    signature = land.read(1)
    assert (signature.review_reason, signature.waits_until) == (MOVED_AFTER_LETTER, until)
    assert land.count() == {FIRST: 1}


# The link that asks for the street


def answer(app: Flask, signature_id: int, campaign_id: int, street: str) -> TestResponse:
    with app.app_context():
        token = make_question(signature_id, campaign_id, POSTAL_CODE)
    path = f"/campaigns/{SLUG}/address/{token}"
    return app.test_client().post(path, data={"street_address": street})


def forget_proof(town: Town, signature_id: int) -> None:
    """Have nobody acted on a mailed link of the signature, as right after the form."""
    with town.app.app_context(), transaction() as session:
        session.get_one(Signature, signature_id).proved_at = None


def test_the_link_that_asks_for_the_street_moves_nobody_who_was_counted(street_app: Flask) -> None:
    town = lay_town(street_app)
    signature_id = town.put(WEST)
    forget_proof(town, signature_id)

    told = answer(street_app, signature_id, town.campaign_id, EAST)
    town.work()

    assert told.status_code == 303
    person = town.read(signature_id).person
    assert person is not None and person.street_address == WEST


def test_the_limit_tells_a_first_signer_and_a_second_one_alike(street_app: Flask) -> None:
    town = lay_town(street_app)
    signature_id = town.put()
    forget_proof(town, signature_id)
    with street_app.app_context():
        tokens = [
            make_question(whose, town.campaign_id, POSTAL_CODE) for whose in (signature_id, None)
        ]
    browser = street_app.test_client()

    answers = [
        [
            browser.post(f"/campaigns/{SLUG}/address/{token}", data={"street_address": WEST})
            for _ in range(11)
        ]
        for token in tokens
    ]

    first, second = ([answer.status_code for answer in told] for told in answers)
    assert first == second == [303] + [410] * 9 + [429]
    assert 'value="1 West Street"' in answers[0][-1].text
    assert read_words(answers[0][-1]) == read_words(answers[1][-1])


# What an erasure leaves


def test_what_an_erasure_leaves_names_nobody_and_is_deleted_after_90_days(
    app: Flask, make_later: Later
) -> None:
    land = lay_land(app, step=2)
    sign_all(land, [1, 2], FIRST)
    digest = land.read(1).email_digest
    page = land.find_page(1)
    before = read_words(open_page(app, page))

    land.act(1, do="erase")
    land.work()

    (mark,) = read_marks(app)
    after = read_words(open_page(app, page))
    assert (mark.layer, mark.division_id.rpartition(":")[2]) == ("county", FIRST)
    assert mark.mailbox != digest
    assert mark.until.time() == datetime.min.time()
    assert MOVE_WAIT <= mark.until - utcnow() + timedelta(minutes=1) <= timedelta(days=91)
    assert "we keep a keyed hash of your e-mail address for another 90 days" in before
    assert "we keep a keyed hash of your e-mail address" in after
    assert "We no longer have any data about you" not in after
    with app.app_context():
        assert forget_named() == 0
    make_later(timedelta(days=91))
    with app.app_context():
        assert forget_named() == 1
    assert "We no longer have any data about you" in read_words(open_page(app, page))


def test_after_90_days_who_erased_signs_from_elsewhere_and_counts(
    app: Flask, make_later: Later
) -> None:
    land = lay_land(app, step=2)
    sign_all(land, [1, 2], FIRST)
    land.act(1, do="erase")
    make_later(timedelta(days=91))

    sign_all(land, [1], SECOND)

    assert land.count() == {FIRST: 1, SECOND: 1}


@pytest.mark.parametrize("named", [False, True])
def test_who_was_named_in_no_letter_of_late_leaves_nothing(
    app: Flask, make_later: Later, named: bool
) -> None:
    land = lay_land(app, step=2)
    sign_all(land, [1, 2] if named else [1], FIRST)
    if named:
        make_later(timedelta(days=91))

    land.act(1, do="erase")

    assert read_marks(app) == []


@pytest.mark.parametrize(("days", "kept"), [(0, True), (80, True), (95, False)])
def test_an_erasure_that_is_replayed_is_as_old_as_it_was(app: Flask, days: int, kept: bool) -> None:
    land = lay_land(app, step=2)
    sign_all(land, [1, 2], FIRST)
    decided_at = utcnow() - timedelta(days=days)

    with app.app_context():
        erase_signature(land.ids[1], "replay", decided_at)

    marks = read_marks(app)
    assert [mark.until <= decided_at + timedelta(days=91) for mark in marks] == [True] * kept


# Every way round

COUNTY = st.sampled_from([FIRST, SECOND, THIRD])
STEPS = st.lists(
    st.tuples(st.sampled_from(["move", "withdraw", "erase", "wait"]), COUNTY), max_size=7
)


def take(land: Land, traveller: time_machine.Traveller, road: str, county: str) -> None:
    """Go to the county by the road, as far as it leads, and let the workers do what is due."""
    if road == "wait":
        traveller.shift(timedelta(days=40))
    elif road == "move":
        land.move(1, county)
    else:
        land.act(1, do=road)
        land.sign(1, county)
    traveller.shift(timedelta(hours=1))
    land.work()


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_no_way_round_names_a_mailbox_in_two_counties_within_90_days(
    land_of_one: Land, steps: list[tuple[str, str]]
) -> None:
    app = land_of_one.app
    land = open_campaign(app, step=1)
    with time_machine.travel(utcnow()) as traveller:
        sign_all(land, [1], FIRST)
        for road, county in steps:
            take(land, traveller, road, county)
            assert sum(land.count().values()) <= 1
        with app.app_context():
            sealed = db.session.scalars(
                select(Milestone.sealed_at).where(
                    Milestone.campaign_id == land.campaign_id, Milestone.sealed_at.is_not(None)
                )
            ).all()
            live = select(Signature).where(
                Signature.campaign_id == land.campaign_id, Signature.ended_at.is_(None)
            )
            assert len(db.session.scalars(live).all()) == 1
    moments = sorted(moment for moment in sealed if moment is not None)
    gaps = [later - sooner for sooner, later in zip(moments, moments[1:], strict=False)]
    assert all(gap >= MOVE_WAIT for gap in gaps)


@pytest.fixture
def land_of_one(app: Flask) -> Land:
    return lay_land(app)
