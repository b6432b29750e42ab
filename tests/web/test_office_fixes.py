"""Fix and go: one form corrects an office's address and sends again what waits for it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.models import Correction, Delivery, DeliveryState, Event, Post, RoleName
from petition.officials.corrections.email_correction import find_email
from tests.delivery.conftest import Ready, build_ready
from tests.delivery.letter_reports import note_bounce
from tests.web.staff_world import enter, find_token, get, get_state, post, set_state

BAD = (DeliveryState.FAILED, "550 at rcpt")
TODAY = utcnow().date().isoformat()


@pytest.fixture
def ready(app: Flask) -> Ready:
    """Three deliveries to one post, of three campaigns, and one to another post."""
    with app.app_context():
        made = build_ready("email")
        post_id = made.post_ids[0]
        for slug in ("second", "third"):
            other = build_ready(
                "email", slug=slug, seat=lambda session, _: session.get_one(Post, post_id)
            )
            made.delivery_ids += other.delivery_ids
        made.delivery_ids += build_ready("email", slug="elsewhere").delivery_ids
        return made


def find_seen(app: Flask, delivery_id: int) -> str:
    """Return the address that the form shows."""
    with app.app_context():
        return find_email(db.session.get_one(Delivery, delivery_id).post_id)


def fill(seen: str, email: str = "desk@county.example") -> dict[str, str]:
    """Return the fields of the form."""
    return {"email": email, "seen": seen, "source": "Their website", "checked": TODAY}


def count(app: Flask, action: str) -> int:
    """Return how many events of an action there are."""
    with app.app_context():
        return len(db.session.scalars(select(Event.id).where(Event.action == action)).all())


def test_the_address_is_corrected_and_all_that_wait_for_it_are_due(
    app: Flask, ready: Ready
) -> None:
    first, second, _, elsewhere = ready.delivery_ids
    set_state(app, first, *BAD)
    set_state(app, elsewhere, *BAD)
    set_state(app, second, DeliveryState.ACCEPTED, "250")
    with app.app_context():
        note_bounce(db.session.get_one(Delivery, second).message_id)
        ids = dict(db.session.execute(select(Delivery.id, Delivery.message_id)).all())
    browser, token = enter(app)
    path = f"/staff/deliveries/{first}"

    before = get(browser, path).text
    answer = post(browser, f"{path}/fix", token, **fill(find_seen(app, first)))
    after = get(browser, path).text

    assert "1 other delivery waits" in before and "Correct and send 2 letters" in before
    assert answer.status_code == 303, answer.text
    states = [get_state(app, delivery_id) for delivery_id in ready.delivery_ids]
    assert states == ["retry_wait", "retry_wait", "rendered", "failed"]
    assert "This letter and 1 more will be sent now" in after
    assert f"Their website, checked on {TODAY}" in after
    assert find_seen(app, first) == "desk@county.example"
    assert count(app, "officials.corrected") == 1 and count(app, "delivery.retried") == 2
    with app.app_context():
        assert ids == dict(db.session.execute(select(Delivery.id, Delivery.message_id)).all())
        correction = db.session.scalars(select(Correction)).one()
        assert correction.made_by.startswith("staff:")
        assert correction.because == f"Their website, checked on {TODAY}"


def test_the_second_of_two_is_shown_the_difference_and_loses_nothing(
    app: Flask, ready: Ready
) -> None:
    first, second, *_ = ready.delivery_ids
    set_state(app, first, *BAD)
    browser, token = enter(app)
    seen = find_seen(app, first)
    post(browser, f"/staff/deliveries/{first}/fix", token, **fill(seen))
    set_state(app, second, *BAD)

    late = fill(seen, "clerk@county.example") | {"source": "I called them"}
    answer = post(browser, f"/staff/deliveries/{second}/fix", token, **late)
    kept = get_state(app, second)
    again = post(
        browser,
        f"/staff/deliveries/{second}/fix",
        find_token(answer),
        **late | {"seen": "desk@county.example"},
    )

    assert answer.status_code == 409
    assert f"it was {seen or 'empty'} when you opened this page" in answer.text
    assert "now it is desk@county.example" in answer.text.replace("\n", " ")
    assert 'value="clerk@county.example"' in answer.text and 'value="I called them"' in answer.text
    assert 'name="seen" value="desk@county.example"' in answer.text
    assert kept == "failed"
    assert again.status_code == 303 and find_seen(app, second) == "clerk@county.example"


@pytest.mark.both_databases
def test_of_two_at_the_same_moment_one_is_told(app: Flask, ready: Ready) -> None:
    first = ready.delivery_ids[0]
    set_state(app, first, *BAD)
    browsers = [enter(app), enter(app, RoleName.ADMIN)]
    seen = find_seen(app, first)

    def send(number: int) -> int:
        browser, token = browsers[number]
        fields = fill(seen, f"desk{number}@county.example")
        return post(browser, f"/staff/deliveries/{first}/fix", token, **fields).status_code

    with ThreadPoolExecutor(2) as pool:
        found = sorted(pool.map(send, range(2)))

    assert found == [303, 409]
    assert count(app, "officials.corrected") == 1 and count(app, "delivery.retried") == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "no address", "no address"),
        ("source", " ", "Enter where the address is from."),
        ("checked", "2999-01-01", "today at the latest"),
        ("checked", "soon", "today at the latest"),
    ],
)
def test_a_wrong_field_is_told_beside_it_and_changes_nothing(
    app: Flask, ready: Ready, field: str, value: str, words: str
) -> None:
    first = ready.delivery_ids[0]
    set_state(app, first, *BAD)
    browser, token = enter(app)
    typed = fill(find_seen(app, first)) | {field: value}

    answer = post(browser, f"/staff/deliveries/{first}/fix", token, **typed)

    assert answer.status_code in (409, 422) and words in answer.text
    assert f'id="wrong-fix-{field}"' in answer.text
    assert get_state(app, first) == "failed" and count(app, "officials.corrected") == 0


def test_what_does_not_wait_for_an_address_is_not_sent_and_corrects_nothing(
    app: Flask, ready: Ready
) -> None:
    first = ready.delivery_ids[0]
    set_state(app, first, DeliveryState.UNKNOWN, "dropped at answer")
    browser, token = enter(app)

    answer = post(browser, f"/staff/deliveries/{first}/fix", token, **fill(find_seen(app, first)))

    assert answer.status_code == 409
    assert get_state(app, first) == "unknown" and count(app, "officials.corrected") == 0


@pytest.mark.parametrize("role", [RoleName.READER, RoleName.REVIEWER])
def test_only_who_edits_officials_corrects(app: Flask, ready: Ready, role: RoleName) -> None:
    first = ready.delivery_ids[0]
    set_state(app, first, *BAD)
    browser, token = enter(app, role)

    for action in ("fix", "note"):
        fields = fill(find_seen(app, first)) | {"why": "x"}
        path = f"/staff/deliveries/{first}/{action}"
        assert post(browser, path, token, **fields).status_code == 403
    assert "Correct the address" not in get(browser, f"/staff/deliveries/{first}").text
    assert count(app, "delivery.noted") == 0 and get_state(app, first) == "failed"


def test_a_note_is_kept_with_who_wrote_it(app: Flask, ready: Ready) -> None:
    first = ready.delivery_ids[0]
    browser, token = enter(app)
    path = f"/staff/deliveries/{first}"

    empty = post(browser, f"{path}/note", token, why=" ")
    kept = post(browser, f"{path}/note", token, why="Called; <b>back</b> on Monday")
    page = get(browser, path).text

    assert empty.status_code == 422 and "Write the note first." in empty.text
    assert kept.status_code == 303
    assert "Called; &lt;b&gt;back&lt;/b&gt; on Monday" in page
    assert "By operator@staff.example" in page
    assert get_state(app, first) == "rendered"
