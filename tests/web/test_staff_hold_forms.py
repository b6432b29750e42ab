"""Holding, releasing and sending by another channel on the page of a delivery."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from petition.core.extensions import db
from petition.models import Delivery, DeliveryState, RoleName
from tests.web.staff_world import BASE, enter, get, get_state, make_delivery, post, set_state
from tests.web.test_delivery_roles import enter_for, find_campaign


@pytest.mark.both_databases
def test_one_is_held_with_a_reason_shown_as_held_and_released(app: Flask) -> None:
    delivery = make_delivery(app, send=False)
    browser, token = enter(app)
    one = f"/staff/deliveries/{delivery}"

    held = post(browser, f"{one}/hold", token, why="Is this the right bill?")
    page, rows = get(browser, one).text, get(browser, "/staff/deliveries?state=held").text
    released = post(browser, f"{one}/release", token, why="It is")

    assert held.status_code == 303 and "will not be sent until it is released" in page
    assert "Held: staff hold it until they release it." in page
    assert "Is this the right bill?" in page and "operator@staff.example" in page
    assert "staff hold it until they release it" in rows and "held <b>1</b>" in rows
    assert released.status_code == 303 and get_state(app, delivery) == "queued"
    after = get(browser, one).text
    assert "Released by staff: its letter is made again from current data." in after


def test_without_words_or_in_another_state_nothing_is_held(app: Flask) -> None:
    delivery = make_delivery(app, send=False)
    browser, token = enter(app)
    one = f"/staff/deliveries/{delivery}"

    unsaid = post(browser, f"{one}/hold", token, why=" ")
    early = post(browser, f"{one}/release", token, why="Go on")
    post(browser, f"{one}/hold", token, why="First")
    second = post(browser, f"{one}/hold", token, why="My own words")

    assert unsaid.status_code == 422 and "Write why, in a sentence" in unsaid.text
    assert early.status_code == 409 and "there is nothing to release" in early.text
    assert second.status_code == 409 and get_state(app, delivery) == "held"


def test_one_that_was_tried_says_that_its_message_stays(app: Flask) -> None:
    delivery = make_delivery(app, send=False)
    set_state(app, delivery, DeliveryState.RETRY_WAIT, "451 at rcpt")
    browser, token = enter(app)
    one = f"/staff/deliveries/{delivery}"

    offered = get(browser, one).text
    post(browser, f"{one}/hold", token, why="Wait")
    held = get(browser, one).text
    post(browser, f"{one}/release", token)

    assert "Its message stays as it is." in offered
    assert "The same message, with the same Message-ID, is due now." in held
    assert get_state(app, delivery) == "retry_wait"
    assert "Released by staff. The next attempt" in get(browser, one).text


def test_whoever_only_reads_is_offered_neither(app: Flask) -> None:
    delivery = make_delivery(app, send=False)
    browser, token = enter(app, RoleName.READER)
    one = f"/staff/deliveries/{delivery}"

    assert "Hold this delivery" not in get(browser, one).text
    assert post(browser, f"{one}/hold", token, why="No").status_code == 403
    assert get_state(app, delivery) == "rendered"


def test_a_failed_one_is_sent_by_another_channel(make_app: Callable[..., Flask]) -> None:
    app = make_app(PETITION_SMTP_URL="smtp://127.0.0.1:9?timeout=1")
    delivery = make_delivery(app, send=False)
    set_state(app, delivery, DeliveryState.FAILED, "550 at rcpt")
    browser, token = enter(app)
    one = f"/staff/deliveries/{delivery}"

    offered = get(browser, one).text
    odd = post(browser, f"{one}/otherwise", token, channel="pigeon", why="They asked")
    unsaid = post(browser, f"{one}/otherwise", token, channel="email", why=" ")
    sent = post(browser, f"{one}/otherwise", token, channel="email", why="They asked for it")
    again = post(browser, f"{one}/otherwise", token, channel="email", why="Once more")

    assert "Send it by another channel" in offered and ">e-mail</option>" in offered
    assert odd.status_code == 422 and "Choose a channel" in odd.text and "They asked" in odd.text
    assert unsaid.status_code == 422
    with app.app_context():
        new = db.session.scalars(select(Delivery.id).where(Delivery.channel == "email")).one()
    assert sent.status_code == 303 and sent.location == f"/staff/deliveries/{new}"
    page = get(browser, sent.location).text
    assert f"Planned by staff, in place of delivery {delivery}." in page
    assert again.status_code == 409 and get_state(app, delivery) == "cancelled"
    assert f"by email as delivery {new} instead" in get(browser, one).text


def test_one_that_goes_its_way_is_offered_no_other_channel(app: Flask) -> None:
    delivery = make_delivery(app)
    browser, token = enter(app)
    one = f"/staff/deliveries/{delivery}"

    assert "another channel" not in get(browser, one).text
    assert post(browser, f"{one}/otherwise", token, channel="email", why="x").status_code == 409


def send_ticked(browser: FlaskClient, token: str, ids: list[object], **fields: str) -> TestResponse:
    """Send the form under the list with some of its rows ticked."""
    data = {"csrf_token": token, "tick": ids, **fields}
    headers = {"Origin": BASE}
    return browser.post("/staff/deliveries/ticked", data=data, base_url=BASE, headers=headers)


@pytest.mark.both_databases
def test_ticked_ones_are_held_and_released_together(app: Flask) -> None:
    waiting = [make_delivery(app, send=False, slug=f"c{number}") for number in range(2)]
    sent = make_delivery(app)
    browser, token = enter(app)

    page = get(browser, "/staff/deliveries").text
    held = send_ticked(browser, token, [*waiting, sent], act="hold", why="Wait", query="state=held")
    told = get(browser, held.location).text
    states = [get_state(app, one) for one in (*waiting, sent)]
    released = send_ticked(browser, token, list(waiting), act="release", why="", query="")

    assert all(f'aria-label="Select delivery {one}"' in page for one in waiting)
    assert f'aria-label="Select delivery {sent}"' not in page
    assert held.status_code == 303 and held.location == "/staff/deliveries?state=held"
    assert "Held: 2. Not changed, because their state has changed: 1." in told
    assert states == ["held", "held", "accepted"]
    assert released.status_code == 303
    assert [get_state(app, one) for one in waiting] == ["queued", "queued"]


def test_without_ticks_or_words_nothing_is_held_and_the_words_stay(app: Flask) -> None:
    delivery = make_delivery(app, send=False)
    browser, token = enter(app)

    none = send_ticked(browser, token, [], act="hold", why="My own words")
    odd = send_ticked(browser, token, ["x", "-1", "9" * 30, "٣"], act="hold", why="My own words")
    unsaid = send_ticked(browser, token, [delivery], act="hold", why=" ")
    nobody = send_ticked(browser, token, [999_999], act="hold", why="Who?")

    assert none.status_code == odd.status_code == unsaid.status_code == 422
    assert "My own words" in none.text and "Select the deliveries" in odd.text
    assert f'aria-label="Select delivery {delivery}" checked' in unsaid.text
    assert nobody.status_code == 303 and get_state(app, delivery) == "rendered"


def test_of_another_campaign_none_is_held(app: Flask) -> None:
    mine, other = make_delivery(app, send=False), make_delivery(app, send=False, slug="other")
    browser, token = enter_for(app, RoleName.CAMPAIGNER, find_campaign(app, mine))

    send_ticked(browser, token, [mine, other], act="hold", why="Wait")
    told = get(browser, "/staff/deliveries").text

    assert "Held: 1. Not changed, because their state has changed: 1." in told
    assert (get_state(app, mine), get_state(app, other)) == ("held", "rendered")


def test_whoever_only_reads_ticks_nothing(app: Flask) -> None:
    delivery = make_delivery(app, send=False)
    browser, token = enter(app, RoleName.READER)

    assert 'name="tick"' not in get(browser, "/staff/deliveries").text
    assert send_ticked(browser, token, [delivery], act="hold", why="No").status_code == 403
    assert get_state(app, delivery) == "rendered"
