"""A letter and a message in a frame of the delivery's page: on a press, by our pages alone."""

import hashlib

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from petition.core.extensions import db, get_settings
from petition.models import Event, RoleName
from tests.web.staff_world import enter, get, make_delivery


def read_policy(answer: TestResponse) -> dict[str, str]:
    """Return the directives of an answer's policy."""
    parts = answer.headers["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


def list_views(app: Flask) -> list[object]:
    """Return what was recorded as opened."""
    with app.app_context():
        events = db.session.scalars(select(Event).where(Event.action == "letter.viewed"))
        return [event.detail["form"] for event in events]


def test_the_page_loads_no_letter_until_it_is_asked_to(app: Flask) -> None:
    delivery = make_delivery(app)
    browser, _ = enter(app)
    one = f"/staff/deliveries/{delivery}"

    plain = get(browser, one)
    shown = get(browser, f"{one}?show=letter")
    source = get(browser, f"{one}?show=message")
    odd = get(browser, f"{one}?show=%22%3E%3Cscript%3E")

    assert "<iframe" not in plain.text and f'href="{one}?show=letter#shown"' in plain.text
    assert f'src="{one}/letter.pdf"' in shown.text and f'src="{one}/message.txt"' in source.text
    assert "<iframe" not in odd.text and "script>" not in odd.text.partition("<main")[2]
    assert list_views(app) == []


def test_only_pages_of_ours_may_frame_them_and_the_page_only_ours(app: Flask) -> None:
    delivery = make_delivery(app)
    browser, _ = enter(app)
    one = f"/staff/deliveries/{delivery}"

    page = get(browser, f"{one}?show=letter")
    framed = [get(browser, f"{one}/{name}") for name in ("letter.pdf", "message.txt")]
    loose = [get(browser, f"{one}/{name}") for name in ("message.eml", "evidence.zip")]

    assert read_policy(page)["frame-src"] == "'self'"
    assert read_policy(page)["frame-ancestors"] == "'none'"
    assert page.headers["X-Frame-Options"] == "DENY"
    for answer in framed:
        assert read_policy(answer)["frame-ancestors"] == "'self'"
        assert answer.headers.getlist("X-Frame-Options") == ["SAMEORIGIN"]
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for answer in loose:
        assert read_policy(answer)["frame-ancestors"] == "'none'"
        assert answer.headers["X-Frame-Options"] == "DENY"
    assert list_views(app) == ["pdf", "message", "message", "evidence"]


def test_the_source_is_the_message_without_what_is_attached(app: Flask) -> None:
    delivery = make_delivery(app)
    browser, _ = enter(app)
    with app.app_context():
        (pdf,) = get_settings().letters_dir.glob("*/*/*.pdf")
    raw = get(browser, f"/staff/deliveries/{delivery}/message.eml").text.replace("\r\n", "\n")

    answer = get(browser, f"/staff/deliveries/{delivery}/message.txt")

    assert answer.content_type == "text/plain; charset=utf-8"
    head, body = raw.split("\n\n", 1)
    assert answer.text.startswith(head)
    assert hashlib.sha256(pdf.read_bytes()).hexdigest() in answer.text
    assert len(answer.text) < len(raw) / 2 and "JVBERi0" not in answer.text
    first = body.split("\n--")[0]
    assert first in answer.text  # the words are as they were sent


def test_whoever_opens_no_letters_is_offered_no_frame(app: Flask) -> None:
    delivery = make_delivery(app)
    browser, _ = enter(app, RoleName.READER)
    one = f"/staff/deliveries/{delivery}"

    assert "<iframe" not in get(browser, f"{one}?show=letter").text
    assert "?show=" not in get(browser, one).text
    assert get(browser, f"{one}/message.txt").status_code == 403
    assert list_views(app) == []


def test_without_a_letter_nothing_is_framed(app: Flask) -> None:
    browser, _ = enter(app)

    assert get(browser, "/staff/deliveries/999/message.txt").status_code == 404
