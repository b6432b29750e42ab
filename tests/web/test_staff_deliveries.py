"""The delivery log as staff see it: the list, one delivery, and what they decide."""

import hashlib
import re
from typing import Any

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy import insert, select

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.extensions import db, get_settings, transaction
from petition.core.queues import Stage, get_queues
from petition.delivery.log.log_pages import PAGE_ROWS
from petition.incoming.applied_mail import apply_mail
from petition.mail.reports import read_report
from petition.models import (
    Campaign,
    Delivery,
    DeliveryState,
    Event,
    Letter,
    MailLane,
    Milestone,
    RoleName,
    User,
)
from tests.factories import make_campaign, make_district, make_post
from tests.incoming.answers import OFFICE, make_answer
from tests.web.staff_world import (
    enter,
    find_token,
    get,
    get_state,
    make_delivery,
    post,
    set_state,
)

BAD = (DeliveryState.FAILED, "550 at rcpt")
LOST = (DeliveryState.UNKNOWN, "dropped at answer")


def make_many(app: Flask, number: int) -> None:
    """Plan deliveries in numbers, without their letters."""
    with app.app_context(), transaction() as session:
        campaign, district = make_campaign(session), make_district(session, name="Long County")
        post_id = make_post(session, district).id
        before = None
        for count in range(1, number + 1):
            milestone = Milestone(
                campaign_id=campaign.id,
                district_id=district.id,
                number=count,
                follows=before,
                threshold=count * 100,
                code=f"CODE{count}",
                reached_at=utcnow(),
                state="cleared",
            )
            session.add(milestone)
            session.flush()
            session.execute(
                insert(Delivery).values(
                    milestone_id=milestone.id,
                    post_id=post_id,
                    channel="outbox",
                    state=DeliveryState.QUEUED,
                    message_id=f"{count}@test.example",
                    attempt=0,
                    created_at=utcnow(),
                )
            )
            before = count


def test_the_list_is_empty_before_the_first_hundred(app: Flask) -> None:
    browser, _ = enter(app, RoleName.READER)

    page = get(browser, "/staff/deliveries")

    assert page.status_code == 200
    assert "No deliveries yet." in page.text


def test_the_list_shows_each_delivery_with_its_state_and_counts(app: Flask) -> None:
    accepted, failed = make_delivery(app), make_delivery(app, send=False)
    set_state(app, failed, *BAD)
    browser, _ = enter(app, RoleName.READER)

    page = get(browser, "/staff/deliveries")

    assert f'href="/staff/deliveries/{accepted}"' in page.text
    assert 'class="chip quiet is-accepted"' in page.text
    assert 'class="chip loud is-failed"' in page.text
    assert "550 at rcpt" in page.text
    assert "all <b>2</b>" in page.text
    assert "need a person <b>1</b>" in page.text


def test_the_filters_narrow_the_list(app: Flask) -> None:
    accepted, failed = make_delivery(app), make_delivery(app, send=False)
    set_state(app, failed, *BAD)
    with app.app_context():
        row = db.session.execute(
            select(Campaign.slug, Campaign.title)
            .join(Milestone, Milestone.campaign_id == Campaign.id)
            .join(Delivery, Delivery.milestone_id == Milestone.id)
            .where(Delivery.id == failed)
        ).one()
    browser, _ = enter(app, RoleName.READER)

    for query in (
        {"state": "failed"},
        {"state": "needed"},
        {"campaign": row.slug},
        {"since": "2020-01-01", "campaign": row.slug, "district": "COUNTY"},
    ):
        page = get(browser, "/staff/deliveries", query_string=query)
        assert f'href="/staff/deliveries/{failed}"' in page.text, query
        assert f'href="/staff/deliveries/{accepted}"' not in page.text, query


@pytest.mark.parametrize(
    "query",
    [{"since": "2999-01-01"}, {"district": "100%"}, {"district": "x\0y"}, {"campaign": "none"}],
)
def test_a_filter_that_nothing_matches_says_so(app: Flask, query: dict[str, str]) -> None:
    make_many(app, 1)
    browser, _ = enter(app, RoleName.READER)

    page = get(browser, "/staff/deliveries", query_string=query)

    assert page.status_code == 200
    assert "No delivery matches." in page.text


@pytest.mark.parametrize(
    "query",
    [
        {"state": "lost"},
        {"since": "yesterday"},
        {"after": "-1"},
        {"after": "9" * 50},
        {"after": "0-1-²"},
    ],
)
def test_an_address_that_makes_no_sense_still_shows_a_page(
    app: Flask, query: dict[str, str]
) -> None:
    make_many(app, 1)
    browser, _ = enter(app, RoleName.READER)

    page = get(browser, "/staff/deliveries", query_string=query)

    assert page.status_code == 200
    assert "Long County" in page.text
    assert "could not be read and was ignored" in page.text


def test_a_long_list_comes_in_pages(app: Flask) -> None:
    make_many(app, PAGE_ROWS + 1)
    browser, _ = enter(app, RoleName.READER)

    first = get(browser, "/staff/deliveries?state=queued")
    (after,) = re.findall(r"state=queued&amp;after=([-0-9]+)", first.text)
    second = get(browser, f"/staff/deliveries?state=queued&after={after}")
    third = get(browser, "/staff/deliveries?state=queued&after=1-1-1")

    assert first.text.count('data-label="No."') == PAGE_ROWS
    assert second.text.count('data-label="No."') == 1
    assert "Next page" not in second.text and "To the first page" in second.text
    assert "There are no more deliveries." in third.text


def test_a_delivery_reads_like_a_diary(app: Flask) -> None:
    delivery = make_delivery(app)
    browser, _ = enter(app, RoleName.READER)

    page = get(browser, f"/staff/deliveries/{delivery}")

    steps = (
        "Signature 2 was counted",
        "was planned",
        "made and stored",
        "ready to be sent",
        "Attempt 1 began",
        "waiting for the server",
        "it is in the outbox",
    )
    places = [page.text.index(step) for step in steps]
    assert places == sorted(places)
    assert "Record as delivered" not in page.text  # which a reader may not


def test_a_delivery_shows_the_message_that_was_sent(app: Flask) -> None:
    delivery = make_delivery(app)
    browser, _ = enter(app)
    with app.app_context():
        folder = get_settings().outbox_dir / str(delivery)
        sent = (folder / "message.eml").read_bytes()
        message_id = db.session.get_one(Delivery, delivery).message_id

    page = get(browser, f"/staff/deliveries/{delivery}")
    raw = get(browser, f"/staff/deliveries/{delivery}/message.eml")

    assert escape(message_id) in page.text
    assert "Identical on every attempt" in page.text
    assert raw.data == sent
    assert raw.headers["Content-Disposition"].startswith("attachment")


def test_the_pdf_is_the_stored_one_byte_for_byte(app: Flask) -> None:
    delivery = make_delivery(app)
    browser, _ = enter(app)
    with app.app_context():
        sha256 = db.session.scalars(select(Letter.sha256)).one()

    answer = get(browser, f"/staff/deliveries/{delivery}/letter.pdf")

    assert answer.content_type == "application/pdf"
    assert hashlib.sha256(answer.data).hexdigest() == sha256
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]


def test_a_damaged_letter_is_told_and_not_served(app: Flask) -> None:
    delivery = make_delivery(app)
    browser, _ = enter(app)
    with app.app_context():
        (path,) = get_settings().letters_dir.glob("*/*/*.pdf")
        path.write_bytes(b"%PDF something else")

    page = get(browser, f"/staff/deliveries/{delivery}")
    answer = get(browser, f"/staff/deliveries/{delivery}/letter.pdf")

    assert page.status_code == 200
    assert "is damaged" in page.text
    assert answer.status_code == 500
    assert b"something else" not in answer.data


@pytest.mark.parametrize(
    "path", ["999", "999/letter.pdf", "999/message.eml", "999/evidence.zip", "99999999999"]
)
def test_a_delivery_that_never_was_is_not_found(app: Flask, path: str) -> None:
    browser, _ = enter(app)

    assert get(browser, f"/staff/deliveries/{path}").status_code == 404


def test_a_delivery_without_its_letter_says_so(app: Flask) -> None:
    make_many(app, 1)
    browser, _ = enter(app)

    page = get(browser, "/staff/deliveries/1")

    assert "no letter yet" in page.text
    assert get(browser, "/staff/deliveries/1/letter.pdf").status_code == 404


@pytest.mark.parametrize("action", ["retry", "resolve", "cancel"])
def test_a_viewer_decides_nothing(app: Flask, action: str) -> None:
    delivery = make_delivery(app, send=False)
    set_state(app, delivery, *LOST)
    browser, token = enter(app, RoleName.READER)

    answer = post(
        browser,
        f"/staff/deliveries/{delivery}/{action}",
        token,
        outcome="sent",
        why="I called them",
        sure="1",
    )

    assert answer.status_code == 403
    assert "role does not allow" in answer.text
    assert get_state(app, delivery) == "unknown"
    assert (
        "You can read the log; only a campaigner"
        in get(browser, f"/staff/deliveries/{delivery}").text
    )


@pytest.mark.parametrize("action", ["retry", "resolve", "cancel"])
def test_a_decision_needs_the_forms_token_and_a_sign_in(app: Flask, action: str) -> None:
    delivery = make_delivery(app, send=False)
    set_state(app, delivery, *BAD)
    browser, token = enter(app)
    path = f"/staff/deliveries/{delivery}/{action}"

    without = post(browser, path, None, why="x", sure="1")
    post(browser, "/staff/logout", token)
    login = find_token(get(browser, "/staff/login"))
    signed_out = post(browser, path, login, why="x", sure="1")

    assert without.status_code == 400
    assert signed_out.status_code == 302
    assert signed_out.headers["Location"] == "/staff/login"
    assert get_state(app, delivery) == "failed"


def test_an_operator_tries_a_failed_delivery_again(app: Flask) -> None:
    delivery = make_delivery(app, send=False)
    set_state(app, delivery, *BAD)
    browser, token = enter(app)

    answer = post(browser, f"/staff/deliveries/{delivery}/retry", token, why="New address")
    page = get(browser, answer.headers["Location"])

    assert answer.status_code == 303
    assert get_state(app, delivery) == "retry_wait"
    assert "It is due now" in page.text
    assert "New address" in page.text
    assert "By operator@staff.example" in page.text
    assert read_last(app) == ("delivery.retried", "failed")
    with app.app_context():
        (job,) = get_queues().queue(Stage.DELIVER).jobs
        assert list(job.args) == [delivery]


@pytest.mark.parametrize(("outcome", "state"), [("sent", "accepted"), ("not-sent", "retry_wait")])
def test_an_operator_says_how_an_unknown_delivery_ended(
    app: Flask, outcome: str, state: str
) -> None:
    delivery = make_delivery(app, send=False)
    set_state(app, delivery, *LOST)
    browser, token = enter(app)
    path = f"/staff/deliveries/{delivery}/resolve"

    without_why = post(browser, path, token, outcome=outcome, why=" ")
    answer = post(browser, path, token, outcome=outcome, why="Their clerk said so")

    assert without_why.status_code == 422
    assert "Write why, in a sentence" in without_why.text
    assert answer.status_code == 303
    assert get_state(app, delivery) == state


def test_a_resolution_without_an_outcome_keeps_what_was_typed(app: Flask) -> None:
    delivery = make_delivery(app, send=False)
    set_state(app, delivery, *LOST)
    browser, token = enter(app)

    answer = post(
        browser, f"/staff/deliveries/{delivery}/resolve", token, why="<b>Their</b> clerk said so"
    )

    assert answer.status_code == 422
    assert "&lt;b&gt;Their&lt;/b&gt; clerk said so</textarea>" in answer.text
    assert get_state(app, delivery) == "unknown"


def test_an_unknown_delivery_is_never_simply_sent_again(app: Flask) -> None:
    delivery = make_delivery(app, send=False)
    set_state(app, delivery, *LOST)
    browser, token = enter(app)

    answer = post(browser, f"/staff/deliveries/{delivery}/retry", token)

    assert answer.status_code == 409
    assert "This letter may or may not have arrived" in answer.text
    assert get_state(app, delivery) == "unknown"


def test_cancelling_asks_once_and_for_a_reason(app: Flask) -> None:
    delivery = make_delivery(app, send=False)
    browser, token = enter(app)
    path = f"/staff/deliveries/{delivery}/cancel"

    unsure = post(browser, path, token, why="Moved")
    unexplained = post(browser, path, token, sure="1")
    before = get_state(app, delivery)
    answer = post(browser, path, token, sure="1", why="Moved")

    assert "Check the box" in unsure.text and unsure.status_code == 422
    assert "Write why, in a sentence" in unexplained.text and unexplained.status_code == 422
    assert before == "rendered"
    assert answer.status_code == 303
    assert get_state(app, delivery) == "cancelled"
    assert read_last(app) == ("delivery.cancelled", "rendered")


def test_a_decision_twice_is_refused_the_second_time(app: Flask) -> None:
    delivery = make_delivery(app, send=False)
    browser, token = enter(app)
    path = f"/staff/deliveries/{delivery}/cancel"

    post(browser, path, token, sure="1", why="Moved")
    again = post(browser, path, token, sure="1", why="Moved")

    assert again.status_code == 409
    assert "cannot be cancelled" in again.text


def test_an_admin_may_do_what_an_operator_may(app: Flask) -> None:
    delivery = make_delivery(app, send=False)
    set_state(app, delivery, *BAD)
    browser, token = enter(app, RoleName.ADMIN)

    assert post(browser, f"/staff/deliveries/{delivery}/retry", token).status_code == 303


def read_last(app: Flask) -> tuple[str, Any]:
    """Return the last event's action and state before it, done by the one account there is."""
    with app.app_context():
        event = db.session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()
        user = db.session.scalars(select(User)).one()
        assert event.actor == f"staff:{user.id}"
        return event.action, event.detail.get("was")


def test_staff_are_told_that_the_lane_of_letters_is_stopped(app: Flask) -> None:
    delivery = make_delivery(app, send=False)
    browser, _ = enter(app)
    before = get(browser, "/staff/deliveries").text
    now = utcnow()
    with app.app_context(), transaction() as session:
        cause = "550 5.7.1 at mail"
        session.add(
            MailLane(name="letters", refused_since=now, cause=cause, stopped_at=now, probe_at=now)
        )
        for action, detail in (
            ("delivery.retry_wait", {"attempt": 1, "code": cause, "about": "ours"}),
            ("delivery.retried", {"was": "failed", "lane": "letters"}),
        ):
            record(session, action, "delivery", delivery, detail=detail)

    after = get(browser, "/staff/deliveries").text
    page = get(browser, f"/staff/deliveries/{delivery}").text

    assert "Letters by e-mail have been waiting" not in before
    assert "it refuses our sender or this host (550 5.7.1 at mail)" in after
    assert "not accepted now (550 5.7.1 at mail), not because of the office" in page
    assert "because the mail server accepts letters again" in page


def test_what_the_office_confirms_is_told_as_delivered(app: Flask) -> None:
    delivery = make_delivery(app)
    browser, token = enter(app)
    path = f"/staff/deliveries/{delivery}"
    assert "Record that the office confirmed it" in get(browser, path).text

    unexplained = post(browser, f"{path}/confirm", token, why=" ")
    answer = post(browser, f"{path}/confirm", token, why="Ms. Doe, by telephone")

    assert "Write why, in a sentence" in unexplained.text and unexplained.status_code == 422
    assert answer.status_code == 303
    assert get_state(app, delivery) == "delivered"
    page = get(browser, path).text
    assert "The office confirmed that it has the letter." in page
    assert "Ms. Doe, by telephone" in page and "Record that the office confirmed it" not in page
    assert post(browser, f"{path}/confirm", token, why="Again").status_code == 409


def test_answers_are_shown_as_text_to_whoever_may_open_letters(app: Flask) -> None:
    delivery = make_delivery(app)
    with app.app_context():
        message_id = db.session.get_one(Delivery, delivery).message_id
        answer = make_answer(message_id, f"<b>Thank you</b>, write to {OFFICE}", "Re: <i>Leave</i>")
        apply_mail(read_report(answer))
    path = f"/staff/deliveries/{delivery}"

    shown = get(enter(app)[0], path).text
    hidden = get(enter(app, RoleName.READER)[0], path).text

    assert "&lt;b&gt;Thank you&lt;/b&gt;, write to [address]" in shown
    assert "Re: &lt;i&gt;Leave&lt;/i&gt;" in shown and "A Clerk" in shown
    assert OFFICE not in shown
    assert "Thank you" not in hidden and "A Clerk" not in hidden
    assert "Someone answered it by e-mail." in hidden
