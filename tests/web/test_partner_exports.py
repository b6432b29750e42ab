"""The portal's pages of exports: who reaches them, what they give out, and what they refuse."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from petition.accounts.permissions import list_organizations
from petition.accounts.role_grants import take_role
from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import AccountSession, RoleName
from petition.partners.consents.numbering import number_changes
from petition.partners.exports.export_requests import prepare_exports
from petition.partners.people.person_ids import name_consent
from tests.accounts.world import list_actions, make_group, read_text, send_mails
from tests.factories import make_campaign
from tests.partners.exports.world import Coalition, make_coalition, read_csv
from tests.web.account_world import find_user_id
from tests.web.staff_world import find_token, get, post, strip_token
from tests.web.test_portals import EMAIL, add_second_owner, enter_partner, make_member

PAGE = "/partner/riders/exports"


def open_portal(app: Flask, role: RoleName = RoleName.OWNER) -> tuple[FlaskClient, Coalition]:
    make_member(app, role)
    with app.app_context():
        coalition = make_coalition()
        coalition.user_id = find_user_id(EMAIL)
    return enter_partner(app), coalition


def ask(browser: FlaskClient) -> str:
    token = find_token(get(browser, PAGE))
    answer = post(browser, PAGE, token, purpose="updates", format="csv")
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def prepare(app: Flask) -> None:
    with app.app_context():
        while prepare_exports():
            pass


def test_from_the_form_to_the_file(app: Flask) -> None:
    browser, coalition = open_portal(app)
    with app.app_context():
        coalition.add_person()
    page = ask(browser)
    assert "being prepared" in get(browser, page).text
    assert get(browser, f"{page}/progress").json == {
        "state": "preparing",
        "counted": 0,
        "total": None,
    }
    prepare(app)

    token = find_token(get(browser, page))
    answer = post(browser, f"{page}/file", token)

    assert answer.status_code == 200 and len(read_csv(answer.data)) == 1
    assert re.fullmatch(
        r'attachment; filename="updates-\d{4}-\d\d-\d\d-1\.csv"',
        answer.headers["Content-Disposition"],
    )
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "SHA-256" in get(browser, page).text
    assert post(browser, f"{page}/file", token).data == answer.data
    assert post(browser, f"{page}/file", token).status_code == 409
    actions = [action for action, _ in list_actions(app)]
    assert actions.count("export.asked") == 1 and actions.count("export.downloaded") == 2


def test_the_mail_leads_into_the_portal_and_has_no_list(app: Flask) -> None:
    browser, coalition = open_portal(app)
    with app.app_context():
        coalition.add_person(given_name="Wilhelmina")
    page = ask(browser)
    prepare(app)

    message = send_mails(app)[-1]

    assert message["To"] == EMAIL and message["Subject"] == "Your list for Riders is ready"
    assert f"https://petition.example{page}\r\n" in read_text(message)
    assert "Wilhelmina" not in message.as_string() and "attachment" not in message.as_string()
    assert "/partner/login" in get(app.test_client(), page).headers["Location"]


def test_who_left_the_organization_is_sent_nothing_and_takes_nothing(app: Flask) -> None:
    browser, _ = open_portal(app)
    page = ask(browser)
    token = find_token(get(browser, "/partner/account"))
    add_second_owner(app)
    prepare(app)
    with app.app_context(), transaction() as session:
        user_id = find_user_id(EMAIL)
        take_role(session, user_id, RoleName.OWNER, actor="cli", organization_id=1)
    before = len(send_mails(app))

    assert post(browser, f"{page}/file", token).status_code in (302, 404)
    assert len(send_mails(app)) == before
    assert not any("list" in str(mail["Subject"]) for mail in send_mails(app))
    with app.app_context():
        assert list_organizations(user_id) == []


@pytest.mark.parametrize("path", ["", "/1", "/1/progress"])
def test_another_organization_is_answered_as_one_that_does_not_exist(app: Flask, path: str) -> None:
    browser, _ = open_portal(app)
    make_group(app, "walkers")

    for slug in ("walkers", "nobody"):
        assert get(browser, f"/partner/{slug}/exports{path}").status_code == 404


def test_an_organizer_may_not_export(app: Flask) -> None:
    browser, _ = open_portal(app, RoleName.ORGANIZER)

    assert get(browser, PAGE).status_code == 403
    assert "Take your list" not in get(browser, "/partner/").text


def test_it_needs_a_recent_proof(app: Flask) -> None:
    browser, _ = open_portal(app)
    page = ask(browser)
    prepare(app)
    token = find_token(get(browser, page))
    with app.app_context(), transaction() as session:
        session.execute(update(AccountSession).values(proved_at=utcnow() - timedelta(hours=1)))

    for answer in (get(browser, PAGE), get(browser, page), post(browser, f"{page}/file", token)):
        assert "/partner/prove" in answer.headers["Location"]


def test_a_wish_that_makes_no_sense_is_explained(app: Flask) -> None:
    browser, _ = open_portal(app)
    token = find_token(get(browser, PAGE))

    answer = post(browser, PAGE, token, purpose="sale", format="xls", since="soon", campaign="x")

    assert answer.status_code == 422
    for words in ("Choose which people", "Choose a kind of file", "no such campaign", "2026-03-31"):
        assert words in answer.text


def test_a_campaign_of_others_is_answered_as_one_that_does_not_exist(app: Flask) -> None:
    browser, _ = open_portal(app)
    with app.app_context(), transaction() as session:
        make_campaign(session, slug="secret", state="draft")
    token = find_token(get(browser, PAGE))

    answers = [
        post(browser, PAGE, token, purpose="updates", format="csv", campaign=slug)
        for slug in ("secret", "nowhere")
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert strip_token(answers[0]) == strip_token(answers[1])


def test_who_is_owed_a_removal_is_listed_and_confirmed(app: Flask) -> None:
    browser, coalition = open_portal(app)
    with app.app_context():
        consent_id = coalition.add_person()
        coalition.download(coalition.prepare())
        coalition.withdraw(consent_id)
        while number_changes():
            pass
    page = get(browser, PAGE)
    with app.app_context():
        name = name_consent(coalition.organization_id, consent_id)
    assert name in page.text and "within 72 hours" in page.text
    number = re.search(r'name="number" value="(\d+)"', page.text)
    assert number

    answer = post(browser, "/partner/riders/removed", find_token(page), number=number[1])

    assert answer.status_code == 303
    assert name not in get(browser, PAGE).text
    for typed in ("9" * 30, "0" * 19 + "1" + "9" * 5000, "99", "0", "x"):
        refused = post(browser, "/partner/riders/removed", find_token(page), number=typed)
        assert refused.status_code == 404, typed
