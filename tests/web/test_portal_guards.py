"""What a view asks for: a permission in the scope that its address names, and a recent proof."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from petition.accounts.permissions import Permission
from petition.accounts.role_grants import grant_role
from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import RoleName
from petition.web.portals.guards import get_actor, requires, requires_recent
from tests.accounts.world import PASSWORD, make_group
from tests.factories import make_campaign
from tests.web.account_world import find_user_id, set_up_factor
from tests.web.staff_world import enter, get, make_staff, open_browser, post, sign_in
from tests.web.test_portals import EMAIL, enter_partner, make_member


@pytest.fixture
def guarded_app(make_app: Callable[..., Flask]) -> Flask:
    """The app, with a view of each kind in both portals."""
    app = make_app()

    @requires(Permission.PEOPLE_LOOK_UP, of="organization_id")
    def look_up(organization_id: int) -> str:
        return f"open to {get_actor()}"

    @requires(Permission.CAMPAIGNS_EDIT, of="campaign_id")
    def edit(campaign_id: int) -> str:
        return f"open to {get_actor()}"

    @requires(Permission.DELIVERIES_READ)
    @requires_recent
    def export() -> str:
        return "taken"

    rule = "/partner/groups/<int:organization_id>/people"
    app.add_url_rule(rule, "partner.try_look_up", look_up)
    app.add_url_rule("/staff/campaigns/<int:campaign_id>", "staff.try_edit", edit)
    app.add_url_rule("/staff/export", "staff.try_export", export, methods=["GET", "POST"])
    return app


def test_a_member_opens_the_pages_of_the_own_organization_alone(guarded_app: Flask) -> None:
    make_member(guarded_app, RoleName.ORGANIZER)
    make_group(guarded_app, "walkers")
    browser = enter_partner(guarded_app)

    own, other = (get(browser, f"/partner/groups/{number}/people") for number in (1, 2))

    with guarded_app.app_context():
        assert own.text == f"open to partner:{find_user_id(EMAIL)}"
    assert other.status_code == 403 and "owner of your organization" in other.text


def test_a_viewer_of_an_organization_looks_nobody_up(guarded_app: Flask) -> None:
    make_member(guarded_app, RoleName.VIEWER)

    answer = get(enter_partner(guarded_app), "/partner/groups/1/people")

    assert answer.status_code == 403


def test_a_role_for_one_campaign_opens_its_pages_alone(guarded_app: Flask) -> None:
    email = make_staff(guarded_app, RoleName.READER)
    set_up_factor(guarded_app, email)
    with guarded_app.app_context(), transaction() as session:
        for number in (1, 2):
            make_campaign(session, id=number)
        user_id = find_user_id(email)
        grant_role(session, user_id, RoleName.CAMPAIGNER, actor="test", campaign_id=1)
    browser = open_browser(guarded_app)
    sign_in(browser, email)
    whole, _ = enter(guarded_app)

    def open_both(one: FlaskClient) -> list[int]:
        return [get(one, f"/staff/campaigns/{number}").status_code for number in (1, 2)]

    assert open_both(browser) == [200, 403]
    assert open_both(whole) == [200, 200]


def test_an_export_asks_for_a_proof_that_is_recent_and_leads_back(guarded_app: Flask) -> None:
    with time_machine.travel(utcnow(), tick=False) as traveller:
        browser, token = enter(guarded_app)
        at_once = get(browser, "/staff/export?kind=all")
        traveller.shift(timedelta(minutes=15, seconds=1))

        shown = get(browser, "/staff/export?kind=all")
        sent = post(browser, "/staff/export", token)
        proved = post(browser, "/staff/prove", token, proof=PASSWORD, next="/staff/export?kind=all")

        assert at_once.text == "taken"
        assert shown.headers["Location"] == "/staff/prove?next=/staff/export?kind%3Dall"
        assert sent.headers["Location"] == "/staff/prove?next=/staff/export&again=1"
        assert proved.headers["Location"] == "/staff/export?kind=all"
        assert post(browser, "/staff/export", token).text == "taken"


def test_who_is_not_signed_in_is_asked_for_no_proof(guarded_app: Flask) -> None:
    answer = get(open_browser(guarded_app), "/staff/export")

    assert answer.headers["Location"].startswith("/staff/login?next=")
