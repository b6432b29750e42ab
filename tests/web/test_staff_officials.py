"""Officials in the browser: the list with its filters, a post's page, and its corrections."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import (
    Correction,
    Delivery,
    DeliveryState,
    Event,
    HoldReason,
    Office,
    Official,
    Post,
    RoleName,
    Term,
)
from petition.officials.directory import post_list
from tests.delivery.conftest import build_ready
from tests.factories import make_district, make_post
from tests.web.staff_world import enter, get, get_state, make_delivery, post

TODAY = utcnow().date()
SOURCE = {"source": "Their website", "checked": TODAY.isoformat()}


def make_seat(app: Flask, holder: str | None = "Ada Example", email: str | None = "") -> int:
    """Store the seat of a mayor, with its holder; return its number."""
    with app.app_context(), transaction() as session:
        district = make_district(session)
        email = f"{district.geoid}@city.example" if email == "" else email
        offices = [Office(email=email, address=["1 Mill Lane", "Testville, MA 01000"])]
        terms = []
        if holder:
            person = Official(
                source_id=f"ocd-person/{district.geoid}",
                name=holder,
                family_name=holder.split()[-1],
                offices=offices,
            )
            terms.append(Term(official=person))
        seat = make_post(
            session,
            district,
            title=f"Mayor of {district.name}",
            role="mayor",
            is_body=False,
            salutation="Dear Mayor",
            offices=[],
            terms=terms,
        )
        return seat.id


def read_seat(app: Flask, post_id: int) -> tuple[str | None, str | None]:
    """Return who holds a post and the e-mail address that letters use."""
    with app.app_context():
        found = db.session.get_one(Post, post_id).address(utcnow().date())
        return (found.name, found.email) if found else (None, None)


def count(app: Flask, action: str) -> int:
    """Return how many events of an action there are, all by staff."""
    with app.app_context():
        query = select(func.count()).where(Event.action == action, Event.actor.like("staff:%"))
        return db.session.scalar(query) or 0


@pytest.mark.both_databases
def test_the_filters_of_the_address_find_posts(app: Flask) -> None:
    held, vacant, mute = make_seat(app, "Zoe Quill"), make_seat(app, None), make_seat(app)
    gone = make_seat(app, "Ann Bell", email=None)
    with app.app_context(), transaction() as session:
        term = session.scalars(select(Term).where(Term.post_id == mute)).one()
        term.ends_on = TODAY - timedelta(days=1)
        board = make_post(session, make_district(session, name="Hill County", state="VT")).id
        places = {one.id: one.division_id for one in session.scalars(select(Post))}
    app.extensions["hundredth"] = _by_email(app)
    browser, _ = enter(app, RoleName.READER)

    def find(query: str) -> list[int]:
        page = get(browser, f"/staff/officials?{query}").text
        return [number for number in places if f'href="/staff/officials/{number}"' in page]

    assert find("") == [held, vacant, mute, gone, board]
    assert find("holder=quill") == [held]
    assert find("need=vacant") == [vacant, mute]
    assert find("need=unreachable") == [gone]
    assert find("place=hill") == [board]
    assert find("place=" + places[gone].rpartition("/")[2]) == [gone]
    assert find("layer=county&holder=Bell&need=unreachable") == [gone]
    assert find("layer=sldu") == [] and find("state=VT") == [] and find("campaign=none") == []
    assert find("state=MA") == [held, vacant, mute, gone, board]
    odd = get(browser, "/staff/officials?state=XX&need=all&after=x&layer=%00").text
    assert "The filter state and layer and need and after" in odd


def _by_email(app: Flask) -> object:
    settings = app.extensions["hundredth"]
    return replace(settings, channel="email", smtp_url="smtp://relay.example")


def test_pages_of_the_list_follow_one_another(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    seats = [make_seat(app) for _ in range(5)]
    monkeypatch.setattr(post_list.list_posts, "__defaults__", (2,))
    browser, _ = enter(app, RoleName.READER)
    path, seen = "/staff/officials", []

    while path:
        page = get(browser, path).text
        seen += [number for number in seats if f'href="/staff/officials/{number}"' in page]
        _, _, rest = page.partition('rel="next" href="')
        path = rest.partition('"')[0].replace("&amp;", "&")

    assert seen == seats


def test_a_successor_gets_the_letters_that_wait(app: Flask) -> None:
    with app.app_context():
        ready = build_ready("email")
        seat = ready.post_ids[0]
    with app.app_context(), transaction() as session:
        stored = session.get_one(Post, seat)
        stored.is_body, stored.role = False, "mayor"
        delivery = session.get_one(Delivery, ready.delivery_ids[0])
        delivery.state, delivery.reason = DeliveryState.HELD, HoldReason.VACANT
    browser, token = enter(app)
    path = f"/staff/officials/{seat}"

    before = get(browser, path).text
    answer = post(browser, f"{path}/correct/holder", token, value="Eve Quill", seen="", **SOURCE)
    after = get(browser, path).text

    assert "1 letter waits</b> for a successor" in before
    assert answer.status_code == 303, answer.text
    assert "1 letter that waited is due now." in after and "Eve Quill" in after
    assert f"Their website, checked on {TODAY}" in after
    assert "operator@staff.example" in after
    assert count(app, "officials.corrected") == 1


def test_a_letter_that_was_sent_keeps_its_bytes(app: Flask) -> None:
    delivery_id = make_delivery(app)
    browser, token = enter(app)
    sent = f"/staff/deliveries/{delivery_id}"
    with app.app_context():
        found = db.session.get_one(Delivery, delivery_id).post
        seat, address = found.id, found.address(TODAY)
        assert address is not None
        seen = {"email": address.email or "", "office": "; ".join(address.lines)}
    before = [get(browser, f"{sent}/{name}").data for name in ("letter.pdf", "message.eml")]

    for which, value in (("email", "eve@city.example"), ("office", "9 Hill Road; Town, MA 01000")):
        answer = post(
            browser,
            f"/staff/officials/{seat}/correct/{which}",
            token,
            value=value,
            seen=seen[which],
            for_post="1",
            **SOURCE,
        )
        assert answer.status_code == 303, answer.text
    after = [get(browser, f"{sent}/{name}").data for name in ("letter.pdf", "message.eml")]

    assert read_seat(app, seat)[1] == "eve@city.example"
    assert before == after and before[0].startswith(b"%PDF")
    assert get_state(app, delivery_id) == DeliveryState.ACCEPTED
    assert "Accepted</dt><dd>1" in get(browser, f"/staff/officials/{seat}").text


def test_two_people_editing_see_both_values_and_lose_nothing(app: Flask) -> None:
    seat = make_seat(app)
    path = f"/staff/officials/{seat}"
    browser, token = enter(app)
    old = read_seat(app, seat)[1] or ""
    first = {"value": "desk@city.example", "seen": old} | SOURCE
    second = {"value": "clerk@city.example", "seen": old} | SOURCE | {"source": "I called"}

    one = post(browser, f"{path}/correct/email", token, **first)
    two = post(browser, f"{path}/correct/email", token, **second)
    again = post(browser, f"{path}/correct/email", token, **second | {"seen": "desk@city.example"})

    assert (one.status_code, two.status_code, again.status_code) == (303, 409, 303)
    words = two.text.replace("\n", " ")
    assert old in words and "now it is desk@city.example" in words
    assert 'value="clerk@city.example"' in two.text and 'value="I called"' in two.text
    assert 'name="seen" value="desk@city.example"' in two.text
    assert read_seat(app, seat) == ("Ada Example", "clerk@city.example")


def test_a_seat_is_declared_vacant_and_the_correction_taken_back(app: Flask) -> None:
    seat = make_seat(app)
    path = f"/staff/officials/{seat}"
    browser, token = enter(app)

    answer = post(browser, f"{path}/correct/holder", token, none="1", seen="Ada Example", **SOURCE)
    vacant = read_seat(app, seat)
    with app.app_context():
        number = db.session.scalars(select(Correction.id)).one()
    silent = post(browser, f"{path}/withdraw/{number}", token, why=" ")
    back = post(browser, f"{path}/withdraw/{number}", token, why="They were wrong")
    twice = post(browser, f"{path}/withdraw/{number}", token, why="They were wrong")
    foreign = post(browser, f"{path}/withdraw/{number + 1}", token, why="They were wrong")

    assert answer.status_code == 303 and vacant == (None, None)
    assert silent.status_code == 422 and back.status_code == 303
    assert (twice.status_code, foreign.status_code) == (409, 404)
    assert read_seat(app, seat)[0] == "Ada Example"
    assert count(app, "officials.correction_withdrawn") == 1


@pytest.mark.parametrize(
    ("which", "fields", "words"),
    [
        ("email", {"value": "no address"}, "not an e-mail address"),
        ("office", {"value": "MA"}, "not a postal address"),
        ("holder", {"value": "..."}, "not a name that can be printed"),
        ("email", {"source": " "}, "Enter where the address is from."),
        ("email", {"checked": "2999-01-01"}, "Enter the day on which you checked it"),
        ("email", {"until": "soon"}, "Give a day such as"),
        ("holder", {"until": "2020-01-01"}, "2020-01-01 is in the past"),
        ("holder", {"none": "1", "source": ""}, "Enter where the address is from."),
    ],
)
def test_what_was_typed_is_shown_beside_the_reason(
    app: Flask, which: str, fields: dict[str, str], words: str
) -> None:
    seat = make_seat(app)
    browser, token = enter(app)
    with app.app_context():
        current = {
            "holder": "Ada Example",
            "email": read_seat(app, seat)[1] or "",
            "office": "1 Mill Lane; Testville, MA 01000",
        }[which]
    typed = {"value": "eve@city.example", "seen": current, "until": ""} | SOURCE | fields

    answer = post(browser, f"/staff/officials/{seat}/correct/{which}", token, **typed)

    assert answer.status_code in (400, 422), answer.text
    assert words in answer.text.replace("\n", " ")
    for name, text in typed.items():
        if text.strip() and name not in ("seen", "none"):
            assert f'value="{text}"' in answer.text or (name == "value" and "none" in fields), name
    with app.app_context():
        assert db.session.scalars(select(Correction)).all() == []


def test_a_refusal_without_a_form_is_told_too(app: Flask) -> None:
    seat = make_seat(app, None)
    with app.app_context(), transaction() as session:
        board = make_post(session, make_district(session)).id
    browser, token = enter(app)

    late = post(
        browser, f"/staff/officials/{seat}/correct/holder", token, none="1", seen="Ada", **SOURCE
    )
    body = post(
        browser, f"/staff/officials/{board}/correct/holder", token, value="Eve", seen="", **SOURCE
    )

    assert late.status_code == 409 and "it was Ada when you opened this page" in late.text
    assert body.status_code == 400 and "so it has no holder" in body.text


def test_the_same_value_changes_nothing(app: Flask) -> None:
    seat = make_seat(app)
    browser, token = enter(app)
    path = f"/staff/officials/{seat}"

    post(
        browser, f"{path}/correct/holder", token, value="Ada Example", seen="Ada Example", **SOURCE
    )

    assert "it was so already" in get(browser, path).text
    assert count(app, "officials.corrected") == 0


def test_a_reader_sees_a_post_and_no_form(app: Flask) -> None:
    seat = make_seat(app)
    browser, token = enter(app, RoleName.READER)
    path = f"/staff/officials/{seat}"

    page = get(browser, path)
    answer = post(browser, f"{path}/correct/holder", token, none="1", seen="Ada Example", **SOURCE)

    assert page.status_code == 200 and "/correct/" not in page.text
    assert answer.status_code == 403
    assert get(browser, "/staff/officials/999999").status_code == 404
