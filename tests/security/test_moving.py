"""The same people make no letter in one district after another, whichever road they take."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from petition.locating.locate import locate_batch
from petition.models import SignatureState
from petition.models.signatures.signature import MOVED_AFTER_LETTER, MOVED_TWICE
from tests.security.moving_world import COUNTIES, Land, lay_land, open_campaign, sign_all
from tests.web.public_world import read_words
from tests.web.staff_world import enter, post

TEN = range(1, 11)
FIRST, *OTHERS = COUNTIES
Later = Callable[[timedelta], None]


def move_all(land: Land, county: str) -> None:
    for person in TEN:
        land.move(person, county)


def withdraw_all(land: Land, county: str) -> None:
    for person in TEN:
        land.act(person, do="withdraw")
    sign_all(land, TEN, county)


def erase_all(land: Land, county: str) -> None:
    for person in TEN:
        land.act(person, do="erase")
    sign_all(land, TEN, county)


def erase_what_was_withdrawn(land: Land, county: str) -> None:
    for person in TEN:
        land.act(person, do="withdraw")
        land.act(person, do="erase")
    land.work()
    sign_all(land, TEN, county)


@pytest.mark.parametrize("go", [move_all, withdraw_all, erase_all, erase_what_was_withdrawn])
def test_ten_mailboxes_write_to_one_county_of_seven(
    app: Flask, go: Callable[[Land, str], None]
) -> None:
    land = lay_land(app)
    sign_all(land, TEN, FIRST)

    for county in OTHERS:
        go(land, county)
        land.work()

    assert land.list_letters() == [FIRST]
    assert land.count() == {}
    assert {land.read(person).state for person in TEN} == {SignatureState.REVIEW}
    assert {land.read(person).review_reason for person in TEN} == {MOVED_AFTER_LETTER}


def test_ten_mailboxes_that_move_before_their_letter_goes_write_one(app: Flask) -> None:
    land = lay_land(app)
    for person in TEN:
        land.sign(person, FIRST)

    for county in OTHERS:
        move_all(land, county)
        land.work()

    assert len(land.list_letters()) == 1


def test_who_moves_on_and_on_is_refused_and_nothing_typed_is_lost(app: Flask) -> None:
    land = lay_land(app)
    sign_all(land, [1], FIRST)
    counties = [county for _ in range(10) for county in OTHERS]

    answers = []
    for county in counties:
        answers.append(land.move(1, county))
        land.work()

    statuses = [answer.status_code for answer in answers]
    assert statuses == [303] * 10 + [429] * 50
    last = answers[-1]
    assert "Your address is not changed yet" in last.text
    assert 'value="1 Main Street"' in last.text
    assert int(last.headers["Retry-After"]) > 3600
    assert land.count() == {}
    assert land.read(1).review_reason == MOVED_TWICE


def test_a_network_that_gives_many_addresses_is_asked_to_wait(
    make_app: Callable[..., Flask],
) -> None:
    land = lay_land(make_app(PETITION_SIGN_LIMIT="8 per hour"))
    sign_all(land, [1, 2], FIRST)

    answers = [land.move(person, "two") for person in (1, 2, 1, 2, 1, 2, 1, 2, 1)]

    assert [answer.status_code for answer in answers] == [303] * 8 + [429]
    assert "Many address lookups are coming from your network" in answers[-1].text


def test_who_was_named_leaves_at_once_and_counts_after_90_days(
    app: Flask, make_later: Later
) -> None:
    land = lay_land(app)
    sign_all(land, range(1, 12), FIRST)

    land.move(1, "two")
    land.work()

    words = read_words(land.open(1))
    assert land.count() == {FIRST: 10}
    assert "A letter already sent from another district names you" in words
    assert "You are no longer counted in District One." in words
    assert "You are counted in District Two from" in words
    make_later(timedelta(days=89))
    land.work()
    assert land.count() == {FIRST: 10}

    make_later(timedelta(days=91))
    land.work()

    assert land.count() == {FIRST: 10, "two": 1}
    signature = land.read(1)
    assert (signature.state, signature.moved, signature.waits_until) == ("counted", False, None)


def test_whom_staff_let_count_does_so_at_once(app: Flask) -> None:
    land = lay_land(app)
    sign_all(land, range(1, 12), FIRST)
    land.move(1, "two")
    land.work()
    path = f"/staff/review/{land.ids[1]}"

    browser, token = enter(app)
    page = read_words(post(browser, path, token, why=""))
    answer = post(browser, path, token, why="The town clerk told us.")
    land.work()

    assert "Letters that name this e-mail address" in page and "District One" in page
    assert answer.status_code == 303
    assert land.count() == {FIRST: 10, "two": 1}


def test_whom_staff_settle_before_they_left_is_not_sent_back(app: Flask) -> None:
    land = lay_land(app)
    sign_all(land, range(1, 12), FIRST)
    land.move(1, "two")
    with app.app_context():
        locate_batch()

    browser, token = enter(app)
    post(browser, f"/staff/review/{land.ids[1]}", token, why="The town clerk told us.")
    land.work()

    assert land.count() == {FIRST: 10, "two": 1}


def test_who_goes_back_to_where_they_were_counts_there_again(app: Flask) -> None:
    land = lay_land(app)
    sign_all(land, range(1, 12), FIRST)
    land.move(1, "two")
    land.work()

    land.move(1, FIRST)
    land.work()

    assert land.count() == {FIRST: 11}
    assert land.list_names(1) == [FIRST, FIRST]  # by the same letter, before and after


def test_who_was_never_named_moves_once_and_waits_the_second_time(
    app: Flask, make_later: Later
) -> None:
    land = lay_land(app)
    sign_all(land, [1], FIRST)

    land.move(1, "two")
    land.work()
    first = land.count()
    land.move(1, "three")
    land.work()

    assert first == {"two": 1}
    assert land.count() == {}
    assert land.read(1).review_reason == MOVED_TWICE
    assert "You have already moved once in the last 90 days" in read_words(land.open(1))
    make_later(timedelta(days=91))
    land.work()
    assert land.count() == {"three": 1}


def test_who_moves_again_after_90_days_waits_no_more(app: Flask, make_later: Later) -> None:
    land = lay_land(app)
    sign_all(land, [1], FIRST)
    land.move(1, "two")
    land.work()
    make_later(timedelta(days=91))

    land.move(1, "three")
    land.work()

    assert land.count() == {"three": 1}


def test_withdrawing_and_signing_from_elsewhere_is_a_move(app: Flask) -> None:
    land = lay_land(app)
    sign_all(land, [1], FIRST)

    for county in ("two", "three"):
        land.act(1, do="withdraw")
        sign_all(land, [1], county)

    assert land.count() == {}
    assert land.read(1).review_reason == MOVED_TWICE


def test_a_correction_within_the_county_or_before_the_counting_never_waits(app: Flask) -> None:
    land = lay_land(app)
    sign_all(land, range(1, 12), FIRST)

    land.sign(12, FIRST)
    for county in ("two", "three", "four"):
        land.move(12, county)
    for _ in range(3):
        land.move(1, FIRST)
        land.work()

    assert land.count() == {FIRST: 11, "four": 1}


def test_one_named_who_signs_again_where_they_were_counts_there(app: Flask) -> None:
    land = lay_land(app)
    sign_all(land, range(1, 12), FIRST)

    land.act(1, do="withdraw")
    sign_all(land, [1], FIRST)
    land.act(2, do="erase")
    sign_all(land, [2], FIRST)

    assert land.count() == {FIRST: 11}


def test_another_campaign_knows_nothing_of_it(app: Flask) -> None:
    land = lay_land(app)
    sign_all(land, TEN, FIRST)
    other = open_campaign(app, step=10)

    sign_all(other, TEN, "two")

    assert other.list_letters() == ["two"]
