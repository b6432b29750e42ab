"""The portal's pages of one organization: who opens them, and what they do."""

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from petition.accounts.role_grants import grant_role
from petition.accounts.staff_accounts import add_user
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Organization, OrganizationState, RoleName
from petition.partners.profile.group_members import list_members, remove_member
from tests.accounts.world import list_actions, make_group, read_text, send_mails
from tests.partners.applications.world import send_proved
from tests.pictures import make_picture
from tests.web.account_world import find_user_id
from tests.web.staff_world import BASE, enter, find_token, get, open_browser, post, strip_token
from tests.web.test_portals import EMAIL, enter_partner, make_member

PAGES = ("", "members", "organization", "record")
GROUP = 1


def list_answers(browser: FlaskClient, slug: str) -> list[int]:
    return [get(browser, f"/partner/{slug}/{page}").status_code for page in PAGES]


def test_an_owner_opens_every_page_and_a_viewer_those_that_read(app: Flask) -> None:
    make_member(app, RoleName.OWNER)
    assert list_answers(enter_partner(app), "riders") == [200] * 4

    home = get(enter_partner(app), "/partner/riders/").text
    assert "Invite a second owner" in home and 'href="/partner/riders/members"' in home


def test_a_viewer_reads_and_changes_nothing(app: Flask) -> None:
    make_member(app, RoleName.VIEWER)
    browser = enter_partner(app)

    assert list_answers(browser, "riders") == [200, 403, 403, 200]
    token = find_token(get(browser, "/partner/account"))
    for page in ("members", "organization"):
        assert post(browser, f"/partner/riders/{page}", token, do="invite").status_code == 403


def test_another_organization_is_not_there_at_all(app: Flask) -> None:
    make_member(app, RoleName.OWNER)
    make_group(app, "walkers")
    browser = enter_partner(app)

    assert list_answers(browser, "walkers") == list_answers(browser, "none-such") == [404] * 4
    known, unknown = (
        strip_token(get(browser, f"/partner/{slug}/members")) for slug in ("walkers", "none-such")
    )
    assert known == unknown


def test_who_is_not_signed_in_is_led_to_the_sign_in(app: Flask) -> None:
    make_group(app)

    for page in PAGES:
        answer = get(open_browser(app), f"/partner/riders/{page}")
        assert answer.status_code == 302 and "/partner/login" in answer.location


def test_a_removed_member_sees_nothing_from_the_next_request_on(app: Flask) -> None:
    make_member(app, RoleName.ORGANIZER)
    browser = enter_partner(app)
    assert get(browser, "/partner/riders/").status_code == 200

    with app.app_context():
        remove_member(GROUP, find_user_id(EMAIL), actor="test")

    assert get(browser, "/partner/riders/").status_code in (302, 404)
    assert "Riders" not in get(browser, "/partner/").text


def test_a_suspended_organization_opens_its_home_and_record_alone(app: Flask) -> None:
    make_member(app, RoleName.OWNER)
    with app.app_context(), transaction() as session:
        session.execute(update(Organization).values(state=OrganizationState.SUSPENDED))
    browser = enter_partner(app)

    assert list_answers(browser, "riders") == [200, 403, 403, 200]
    assert "have suspended this organization" in get(browser, "/partner/riders/").text


@pytest.mark.both_databases
def test_an_owner_invites_changes_and_removes_with_a_recent_proof(app: Flask) -> None:
    make_member(app, RoleName.OWNER)
    browser = enter_partner(app)
    path = "/partner/riders/members"
    token = find_token(get(browser, path))

    answer = post(browser, path, token, do="invite", email="cem@partner.example", role="owner")

    assert answer.status_code == 303
    assert "cem@partner.example" in get(browser, path).text
    assert "as owner" in read_text(send_mails(app)[-1])
    with app.app_context(), transaction() as session:
        dan = add_user(session, "dan@partner.example", "!").id
        grant_role(session, dan, RoleName.VIEWER, actor="test", organization_id=GROUP)
    for fields in ({"do": "change", "role": "organizer"}, {"do": "remove"}):
        assert post(browser, path, token, member=str(dan), **fields).status_code == 303
    with app.app_context():
        assert [one.email for one in list_members(GROUP)] == [EMAIL]
        owner = str(find_user_id(EMAIL))
    last = post(browser, path, token, do="remove", member=owner)
    assert last.status_code == 422 and "at least one owner" in last.text
    for odd in (
        {"do": "burn"},
        {"do": "remove", "member": "9" * 30},
        {"do": "invite", "role": "admin"},
    ):
        assert post(browser, path, token, **odd).status_code == 404
    with time_machine.travel(utcnow() + timedelta(minutes=20)):
        late = post(browser, path, token, do="remove", member=owner)
        assert late.status_code == 302 and "/partner/prove" in late.location


def test_an_owner_changes_the_page_with_a_logo(app: Flask) -> None:
    make_member(app, RoleName.OWNER)
    browser = enter_partner(app)
    path = "/partner/riders/organization"
    token = find_token(get(browser, path))
    picture = make_picture()
    form = {"csrf_token": token, "name": "Walkers", "about": "<b>We</b> walk."}

    answer = browser.post(
        path,
        data=form | {"logo": (BytesIO(picture), "logo.png")},
        base_url=BASE,
        headers={"Origin": BASE},
    )

    assert answer.status_code == 303
    page = get(browser, path).text
    assert "waits for the staff" in page and "&lt;b&gt;We&lt;/b&gt; walk." in page
    with app.app_context():
        found = db.session.get_one(Organization, GROUP)
        assert (found.name, found.logo) == ("Riders", picture)
    for logo in (b"<svg/>", bytes(150_000)):
        refused = browser.post(
            path,
            data=form | {"logo": (BytesIO(logo), "logo.png")},
            base_url=BASE,
            headers={"Origin": BASE},
        )
        assert refused.status_code == 422
    bomb = browser.post(
        path,
        data=form | {"logo": (BytesIO(bytes(5_000_000)), "logo.png")},
        base_url=BASE,
        headers={"Origin": BASE},
    )
    assert bomb.status_code == 413
    assert "The page was changed" in get(browser, "/partner/riders/record").text


@pytest.mark.parametrize("role", [RoleName.CAMPAIGNER, RoleName.REVIEWER, RoleName.READER])
def test_only_an_admin_sees_and_decides_applications(app: Flask, role: RoleName) -> None:
    number = send_proved(app)
    browser, token = enter(app, role)

    assert get(browser, "/staff/organizations").status_code == 403
    refused = post(browser, "/staff/organizations", token, do="approve", application=str(number))
    assert refused.status_code == 403


def test_an_admin_approves_vouches_suspends_and_decides_changes(app: Flask) -> None:
    number = send_proved(app, email="ada@gmail.com")
    browser, token = enter(app, RoleName.ADMIN)
    path = "/staff/organizations"

    assert "not proved" in get(browser, path).text
    form = {"application": str(number), "slug": "streets"}
    assert post(browser, path, token, do="approve", **form).status_code == 422
    assert post(browser, path, token, do="approve", because="Known.", **form).status_code == 303
    again = post(browser, path, token, do="approve", because="Known.", **form)
    assert again.status_code == 409 and "Someone else has already decided" in again.text
    assert post(browser, path, token, do="suspend", slug="streets").status_code == 422
    for what in ("suspend", "resume"):
        done = post(browser, path, token, do=what, slug="streets", because="A reason.")
        assert done.status_code == 303
    assert post(browser, path, token, do="take", change="7").status_code == 404
    with app.app_context():
        assert db.session.scalars(select(Organization.state)).all() == ["approved"]
    names = [name for name, _ in list_actions(app)]
    for name in ("approved", "suspended", "resumed"):
        assert f"organization.{name}" in names


def test_a_form_without_its_token_is_refused(app: Flask) -> None:
    make_member(app, RoleName.OWNER)
    browser = enter_partner(app)

    for page in ("members", "organization"):
        assert post(browser, f"/partner/riders/{page}", None, do="invite").status_code == 400
