"""Who may open and do what with deliveries: every role, of the service and of one campaign."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from petition.core.extensions import db, transaction
from petition.models import (
    STAFF_ROLES,
    DeliveryIndex,
    DeliveryState,
    RoleGrant,
    RoleName,
    SavedView,
    User,
)
from tests.web.staff_world import (
    BASE,
    enter,
    find_token,
    get,
    get_state,
    make_delivery,
    make_staff,
    open_browser,
    post,
    set_state,
    sign_in,
)

LISTS = ("/staff/deliveries", "/staff/deliveries/live", "/staff/deliveries.csv")
OPENS = (RoleName.ADMIN, RoleName.CAMPAIGNER)
FORM = {"why": "They said so", "outcome": "sent", "sure": "1"}


@pytest.fixture
def deliveries(app: Flask) -> tuple[int, int]:
    """A failed delivery of one campaign, and one of another."""
    made = make_delivery(app, send=False), make_delivery(app, send=False, slug="other")
    for delivery_id in made:
        set_state(app, delivery_id, DeliveryState.UNKNOWN, "dropped at answer")
    return made


def find_campaign(app: Flask, delivery_id: int) -> int:
    """Return the campaign of a delivery."""
    with app.app_context():
        return db.session.get_one(DeliveryIndex, delivery_id).campaign_id


def enter_for(app: Flask, role: RoleName, campaign_id: int | None) -> tuple[FlaskClient, str]:
    """Sign in with a role for one campaign, or for the whole service."""
    make_staff(app, RoleName.ADMIN, "another@staff.example")  # the service keeps one
    browser, token = enter(app, role)
    with app.app_context(), transaction() as session:
        mine = select(User.id).where(User.email == f"{role}@staff.example").scalar_subquery()
        session.execute(
            update(RoleGrant).where(RoleGrant.user_id == mine).values(campaign_id=campaign_id)
        )
    return browser, token


def ask_all(browser: FlaskClient, token: str, delivery_id: int) -> dict[str, int]:
    """Return the status of each page and form of a delivery; the forms that change it last."""
    one = f"/staff/deliveries/{delivery_id}"
    found = {
        path: get(browser, f"{one}{path}").status_code
        for path in ("", "/letter.pdf", "/message.eml", "/message.txt", "/evidence.zip")
    }
    for action in ("retry", "hold", "release", "otherwise", "resolve", "cancel"):
        found[action] = post(browser, f"{one}/{action}", token, **FORM).status_code
    return found


@pytest.mark.parametrize("role", STAFF_ROLES)
@pytest.mark.parametrize("scoped", [False, True], ids=["service", "campaign"])
def test_each_role_opens_and_decides_what_it_may(
    app: Flask, deliveries: tuple[int, int], role: RoleName, scoped: bool
) -> None:
    mine, other = deliveries
    browser, token = enter_for(app, role, find_campaign(app, mine) if scoped else None)
    allowed = role in OPENS

    lists = {path: get(browser, path) for path in LISTS}
    found = ask_all(browser, token, mine)
    foreign = ask_all(browser, token, other)

    for path, answer in lists.items():
        assert answer.status_code == 200, path
        assert ("other" in answer.text) is (not scoped) or path != LISTS[2], path
        assert (f"/staff/deliveries/{other}" in answer.text) is (not scoped) or path == LISTS[2]
    assert found == {
        "": 200,
        "/letter.pdf": 200 if allowed else 403,
        "/message.eml": 200 if allowed else 403,
        "/message.txt": 200 if allowed else 403,
        "/evidence.zip": 200 if allowed else 403,
        "retry": 409 if allowed else 403,  # an unknown one is resolved first
        "hold": 409 if allowed else 403,
        "release": 409 if allowed else 403,
        "otherwise": 409 if allowed else 403,
        "resolve": 303 if allowed else 403,
        "cancel": 409 if allowed else 403,
    }
    assert get_state(app, mine) == ("accepted" if allowed else "unknown")
    if scoped:
        assert set(foreign.values()) <= {404, 403}
        assert foreign[""] == 404 and foreign["resolve"] == (404 if allowed else 403)
        assert get_state(app, other) == "unknown"
    else:
        assert foreign == found


def test_counts_and_lists_of_another_campaign_tell_nothing(
    app: Flask, deliveries: tuple[int, int]
) -> None:
    mine, other = deliveries
    browser, _ = enter_for(app, RoleName.READER, find_campaign(app, mine))

    page = get(browser, "/staff/deliveries").text
    with app.app_context():
        hidden = db.session.get_one(DeliveryIndex, other)
    sought = get(browser, f"/staff/deliveries?post=board&campaign=other&channel={hidden.channel}")

    assert "all <b>1</b>" in page and 'value="other"' not in page
    assert "No delivery matches." in sought.text


def test_nobody_is_led_to_the_sign_in(app: Flask, deliveries: tuple[int, int]) -> None:
    stranger = open_browser(app)
    token = find_token(get(stranger, "/staff/login"))
    one = f"/staff/deliveries/{deliveries[0]}"

    for path in (
        *LISTS,
        one,
        *(f"{one}/{name}" for name in ("letter.pdf", "message.eml", "evidence.zip")),
    ):
        answer = get(stranger, path)
        assert (answer.status_code, answer.location.partition("?")[0]) == (302, "/staff/login")
    for path in (f"{one}/resolve", f"{one}/retry", f"{one}/cancel", "/staff/views"):
        answer = post(stranger, path, token, **FORM)
        assert answer.status_code == 302 and "/staff/login" in answer.location
    assert get_state(app, deliveries[0]) == "unknown"


def test_a_closed_account_sees_no_delivery(app: Flask, deliveries: tuple[int, int]) -> None:
    browser, _ = enter(app, RoleName.REVIEWER)
    with app.app_context(), transaction() as session:
        session.execute(update(User).values(active=False))

    for path in (*LISTS, f"/staff/deliveries/{deliveries[0]}"):
        assert get(browser, path).status_code == 302


def test_a_view_is_saved_replaced_and_deleted_by_its_account_only(app: Flask) -> None:
    browser, token = enter(app)
    query = "state=failed&district=a%26b&evil=1&state2=x"

    saved = post(browser, "/staff/views", token, name=" My  failed ", query=query)
    again = post(browser, "/staff/views", token, name="My failed", query="code=550")
    unnamed = post(browser, "/staff/views", token, name=" ", query=query)
    page = get(browser, "/staff/deliveries").text
    other, their_token = enter(app, RoleName.READER)
    theirs = get(other, "/staff/deliveries").text
    stolen = post(other, "/staff/views/1/delete", their_token)
    with app.app_context():
        kept = db.session.scalars(select(SavedView.query)).all()
    gone = post(browser, "/staff/views/1/delete", token)

    assert saved.status_code == 303
    assert saved.location == "/staff/deliveries?state=failed&district=a%26b"
    assert again.status_code == 303 and kept == ["code=550"]
    assert unnamed.status_code == 422 and "Give the view a name." in unnamed.text
    assert "a&amp;b" in unnamed.text  # the filters that were to be saved are still set
    assert 'href="/staff/deliveries?code=550"' in page and "My failed" in page
    assert "My failed" not in theirs and stolen.status_code == 404
    assert gone.status_code == 303
    with app.app_context():
        assert db.session.scalars(select(SavedView)).all() == []


def test_an_account_keeps_thirty_views(app: Flask) -> None:
    browser, token = enter(app)
    answers = [
        post(browser, "/staff/views", token, name=f"View {number}", query="state=failed")
        for number in range(31)
    ]
    replaced = post(browser, "/staff/views", token, name="View 3", query="state=held")

    assert [answer.status_code for answer in answers] == [303] * 30 + [409]
    assert "You have 30 views already." in answers[-1].text
    assert replaced.status_code == 303


def test_the_csv_is_a_file_of_the_filters(app: Flask, deliveries: tuple[int, int]) -> None:
    browser, _ = enter(app, RoleName.READER)

    answer = browser.get("/staff/deliveries.csv?campaign=other", base_url=BASE)

    lines = answer.text.splitlines()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert lines[0].startswith("delivery,state,reason,campaign")
    assert [line.split(",")[0] for line in lines[1:]] == [str(deliveries[1])]


def test_the_filter_by_person_offers_only_who_acted_on_what_the_reader_sees(
    app: Flask, deliveries: tuple[int, int]
) -> None:
    first, second = deliveries
    make_staff(app, RoleName.REVIEWER, "idle@staff.example")
    for delivery_id, email in ((first, "one@staff.example"), (second, "two@staff.example")):
        make_staff(app, RoleName.CAMPAIGNER, email)
        browser = open_browser(app)
        sign_in(browser, email)
        page = get(browser, f"/staff/deliveries/{delivery_id}")
        answer = post(browser, f"/staff/deliveries/{delivery_id}/note", find_token(page), why="x")
        assert answer.status_code == 303

    def list_offered(browser: FlaskClient) -> set[str]:
        return set(re.findall(r"(\w+)@staff.example</option>", get(browser, LISTS[0]).text))

    reader, _ = enter_for(app, RoleName.READER, find_campaign(app, first))
    whole, _ = enter(app, RoleName.ADMIN)

    assert list_offered(reader) == {"one"}
    assert list_offered(whole) == {"one", "two"}
