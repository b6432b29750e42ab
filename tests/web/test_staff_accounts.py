"""The pages of accounts: what admins see and change, and what nobody else does."""

import re

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from petition.accounts.account_sessions import list_sessions
from petition.accounts.second_factors import has_second_factor
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Event, Invitation, RoleName, User
from tests.accounts.world import list_actions, make_group, read_text, send_mails
from tests.factories import make_campaign
from tests.web.account_world import find_user_id, set_up_factor
from tests.web.staff_world import (
    enter,
    find_token,
    get,
    make_staff,
    open_browser,
    post,
    sign_in,
    strip_token,
)
from tests.web.test_staff_attention import enter_scoped

LIST = "/staff/accounts"
OTHER = "bea@staff.example"


def make_other(app: Flask, role: RoleName = RoleName.REVIEWER) -> str:
    """Make another account; return the path of its page."""
    make_staff(app, role, OTHER)
    with app.app_context():
        return f"{LIST}/{find_user_id(OTHER)}"


def read_roles(app: Flask) -> list[tuple[str, int | None]]:
    with app.app_context():
        user = db.session.scalars(select(User).where(User.email == OTHER)).one()
        return [(grant.role, grant.organization_id) for grant in user.roles]


def find_grant(page: str) -> str:
    found = re.search(r'name="grant" value="(\d+)"', page)
    assert found
    return found[1]


def test_an_admin_gives_and_takes_roles(app: Flask) -> None:
    path, (browser, token) = make_other(app), enter(app, RoleName.ADMIN)
    make_group(app)

    given = post(browser, path, token, do="grant", role="owner", scope="organization:1")
    again = post(browser, path, token, do="grant", role="owner", scope="organization:1")
    wrong = post(browser, path, token, do="grant", role="reader", scope="organization:1")
    page = get(browser, path).text
    taken = post(browser, path, token, do="revoke", grant=find_grant(page))
    gone = post(browser, path, token, do="revoke", grant=find_grant(page))

    assert [given.status_code, again.status_code, wrong.status_code] == [303, 303, 422]
    assert (
        "already has the role owner" in wrong.text and "Riders" in page and "became owner" in page
    )
    assert [taken.status_code, gone.status_code] == [303, 404]
    assert read_roles(app) == [("owner", 1)]
    actor = f"staff:{find_id(app, 'admin@staff.example')}"
    assert [one for one in list_actions(app) if one[0] == "role.taken"] == [("role.taken", actor)]


def find_id(app: Flask, email: str) -> int:
    with app.app_context():
        return find_user_id(email)


def test_sessions_are_ended_and_the_account_is_closed_and_opened(app: Flask) -> None:
    path, (browser, token) = make_other(app), enter(app, RoleName.ADMIN)
    theirs, second = open_browser(app), open_browser(app)
    sign_in(theirs, OTHER)
    sign_in(second, OTHER)
    with app.app_context():
        number = list_sessions(find_user_id(OTHER))[-1].id

    shown = get(browser, path).text
    post(browser, path, token, do="end", session=str(number))
    assert get(theirs, "/staff/account").status_code == 302
    assert get(second, "/staff/account").status_code == 200
    post(browser, path, token, do="end-all")
    assert get(second, "/staff/account").status_code == 302
    closed = post(browser, path, token, do="close")
    refused = sign_in(open_browser(app), OTHER)
    post(browser, path, token, do="open")

    assert "Signed in" in shown and "signed in" in shown and closed.status_code == 303
    assert refused.status_code == 200 and ">closed<" not in get(browser, path).text
    assert sign_in(open_browser(app), OTHER).status_code == 302


def test_an_admins_own_session_number_is_not_ended_by_another_accounts_page(app: Flask) -> None:
    path, (browser, token) = make_other(app), enter(app, RoleName.ADMIN)
    with app.app_context():
        own = list_sessions(find_user_id("admin@staff.example"))[0].id

    post(browser, path, token, do="end", session=str(own))

    assert get(browser, path).status_code == 200


def test_a_second_factor_is_removed_only_by_who_has_made_sure(app: Flask) -> None:
    path, (browser, token) = make_other(app), enter(app, RoleName.ADMIN)

    unsure = post(browser, path, token, do="reset-factor")
    with app.app_context():
        assert has_second_factor(find_user_id(OTHER))
    sure = post(browser, path, token, do="reset-factor", sure="1")

    assert [unsure.status_code, sure.status_code] == [422, 303]
    assert "then check the box" in unsure.text
    with app.app_context():
        assert not has_second_factor(find_user_id(OTHER))
    assert send_mails(app)[-1]["To"] == OTHER
    assert "not yet" in get(browser, LIST).text


def test_nobody_changes_their_own_account(app: Flask) -> None:
    browser, token = enter(app, RoleName.ADMIN)
    make_staff(app, RoleName.ADMIN, OTHER)
    path = f"{LIST}/{find_id(app, 'admin@staff.example')}"
    page = get(browser, path)

    for fields in (
        {"do": "grant", "role": "reader", "scope": ""},
        {"do": "revoke", "grant": "1"},
        {"do": "end-all"},
        {"do": "reset-factor", "sure": "1"},
        {"do": "close"},
    ):
        answer = post(browser, path, token, **fields)
        assert answer.status_code == 409 and "another admin" in answer.text, fields
    own = post(
        browser, LIST, token, do="invite", email="Admin@staff.example", role="reader", scope=""
    )

    assert own.status_code == 409
    assert page.text.count("<form") == 1  # the one that signs out
    assert get(browser, LIST).status_code == 200


def test_the_last_admin_is_told_to_make_another(app: Flask) -> None:
    path, (browser, token) = make_other(app, RoleName.ADMIN), enter(app, RoleName.ADMIN)
    own = find_id(app, "admin@staff.example")
    assert post(browser, path, token, do="close").status_code == 303
    post(browser, path, token, do="open")
    with app.app_context():
        theirs = open_browser(app)
    sign_in(theirs, OTHER)
    their_token = find_token(get(theirs, LIST))
    post(browser, path, token, do="revoke", grant=find_grant(get(browser, path).text))

    refused = post(theirs, f"{LIST}/{own}", their_token, do="close")

    assert refused.status_code in (302, 403)  # without the role nothing opens
    with app.app_context():
        assert db.session.get_one(User, own).active


def test_invitations_are_made_sent_again_and_called_back(app: Flask) -> None:
    browser, token = enter(app, RoleName.ADMIN)

    def send(**fields: str) -> int:
        return post(browser, LIST, token, **fields).status_code

    assert send(do="invite", email="cy@staff.example", role="reader", scope="") == 303
    assert send(do="invite", email="nobody", role="reader", scope="") == 422
    assert send(do="invite", email="dee@staff.example", role="king", scope="") == 422
    assert send(do="invite", email="dee@staff.example", role="reader", scope="campaign:9") == 422
    for odd in (":5", ":", "campaign", "campaign:", "organization:x", " "):
        assert send(do="invite", email="dee@staff.example", role="admin", scope=odd) == 422
    assert send(do="again", invitation="1") == 303
    assert send(do="again", invitation="9") == 404
    mails = send_mails(app)
    assert "cy@staff.example" in get(browser, LIST).text
    assert send(do="call-back", invitation="1") == 303

    assert {mail["To"] for mail in mails} == {"cy@staff.example"}
    assert "/staff/invitation/" in read_text(mails[-1])
    assert "cy@staff.example" not in get(browser, LIST).text
    with app.app_context():
        assert len(db.session.scalars(select(Invitation)).all()) == 1


def test_what_was_typed_is_shown_again_beside_the_reason(app: Flask) -> None:
    browser, token = enter(app, RoleName.ADMIN)

    page = post(browser, LIST, token, do="invite", email='a"b', role="reviewer", scope="")

    assert page.status_code == 422 and "is not an e-mail address" in page.text
    assert 'value="a&#34;b"' in page.text and "<option selected>reviewer" in page.text


def test_a_change_needs_a_recent_proof_and_reading_does_not(app: Flask) -> None:
    path, (browser, _) = make_other(app), enter(app, RoleName.ADMIN)

    with time_machine.travel(utcnow().timestamp() + 20 * 60, tick=True):
        page = get(browser, path)
        answer = post(browser, path, find_token(page), do="close")
        invited = post(browser, LIST, find_token(page), do="invite", email="x@staff.example")

    assert page.status_code == 200
    assert answer.location == f"/staff/prove?next={path}&again=1"
    assert invited.location == f"/staff/prove?next={LIST}&again=1"
    with app.app_context():
        assert db.session.get_one(User, find_user_id(OTHER)).active


@pytest.mark.parametrize("role", [RoleName.CAMPAIGNER, RoleName.REVIEWER, RoleName.READER])
def test_no_other_role_opens_or_changes_an_account(app: Flask, role: RoleName) -> None:
    path, (browser, token) = make_other(app), enter(app, role)

    assert [get(browser, page).status_code for page in (LIST, path)] == [403, 403]
    for page in (LIST, path, f"{LIST}/find"):
        assert post(browser, page, token, do="close", words="a").status_code == 403
    assert LIST not in get(browser, "/staff/account").text


def test_an_admin_of_one_campaign_opens_no_account(app: Flask) -> None:
    path = make_other(app, RoleName.ADMIN)
    with app.app_context(), transaction() as session:
        campaign_id = make_campaign(session).id
    browser, token = enter_scoped(app, RoleName.ADMIN, campaign_id, "cy@staff.example")

    assert [get(browser, page).status_code for page in (LIST, path)] == [403, 403]
    assert post(browser, path, token, do="close").status_code == 403


def test_an_address_is_found_by_post_and_is_in_no_url_event_or_log(
    app: Flask, capfd: pytest.CaptureFixture[str]
) -> None:
    path, (browser, token) = make_other(app), enter(app, RoleName.ADMIN)
    set_up_factor(app, OTHER)

    found = post(browser, f"{LIST}/find", token, words="BEA@")
    none = post(browser, f"{LIST}/find", token, words="%")
    odd = post(browser, f"{LIST}/find", token, words="\x00" + "x" * 9000)
    post(browser, path, token, do="close")

    assert path in found.text and "admin@staff.example</a>" not in found.text
    assert path not in none.text and odd.status_code == 200
    assert OTHER not in "".join(re.findall(r'(?:href|action)="[^"]*"', strip_token(found)))
    with app.app_context():
        told = [str(event.detail) for event in db.session.scalars(select(Event))]
    assert not [line for line in told if "@" in line]
    assert OTHER not in "".join(capfd.readouterr())


def list_statuses(browser: FlaskClient, token: str, path: str) -> list[int]:
    odd = ("", "nothing", "grant", "revoke", "end")
    return [post(browser, path, token, do=do, grant="x", session="²").status_code for do in odd]


def test_odd_forms_and_unknown_accounts_get_an_answer(app: Flask) -> None:
    path, (browser, token) = make_other(app), enter(app, RoleName.ADMIN)

    assert list_statuses(browser, token, path) == [404, 404, 422, 404, 303]
    assert list_statuses(browser, token, f"{LIST}/999") == [404] * 5
    assert get(browser, f"{LIST}/999").status_code == 404
    assert get(browser, f"{LIST}/9999999999").status_code == 404
    assert get(browser, f"{LIST}?show=x&after=²").status_code == 200
