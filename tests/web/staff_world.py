"""What the staff tests share: accounts, a browser that signs in, deliveries made by the path."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from petition.accounts.permissions import needs_second_factor
from petition.accounts.staff_accounts import create_staff
from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.extensions import get_settings, transaction
from petition.counting.ledger import count_batch
from petition.delivery.send import deliver
from petition.models import Attempt, Delivery, DeliveryState, Phase, RoleName
from tests.factories import make_campaign, make_district, make_located, make_post
from tests.letter_store import LetterStore
from tests.stored_letters import store_milestone
from tests.web.account_world import set_up_factor, show_code

PASSWORD = "correct horse battery"
CODE = "/staff/login/code"
BASE = "https://petition.example"
OPERATOR = (RoleName.CAMPAIGNER, RoleName.REVIEWER)
STEP = 2  # signatures to a letter, so that a test renders little


def make_staff(app: Flask, role: RoleName | None = None, email: str = "") -> str:
    """Make an account and return its address; without a role, one that decides everything."""
    email = email or f"{role.value if role else 'operator'}@staff.example"
    with app.app_context():
        roles = [role] if role else OPERATOR
        create_staff(email, PASSWORD, roles, actor="test")
    if needs_second_factor(roles):
        set_up_factor(app, email)
    return email


def open_browser(app: Flask) -> FlaskClient:
    """Return a client that keeps cookies, as a browser at the public address does."""
    return app.test_client()


def get(browser: FlaskClient, path: str, **options: Any) -> TestResponse:
    """Open a page."""
    return browser.get(path, base_url=BASE, **options)


def post(browser: FlaskClient, path: str, token: str | None, **fields: str) -> TestResponse:
    """Send a form as a browser does, from a page of ours."""
    if token is not None:
        fields["csrf_token"] = token
    return browser.post(path, data=fields, base_url=BASE, headers={"Origin": BASE})


def find_token(page: TestResponse) -> str:
    """Return the token of the page's forms."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def strip_token(page: TestResponse) -> str:
    """Return a page without the tokens of its forms, which differ from second to second."""
    return re.sub(r'name="csrf_token"[^>]*>', "", page.text)


def sign_in(
    browser: FlaskClient, email: str, password: str = PASSWORD, **fields: str
) -> TestResponse:
    """Send the sign-in form, and the code of the app where it is asked for."""
    token = find_token(get(browser, "/staff/login"))
    answer = post(browser, "/staff/login", token, email=email, password=password, **fields)
    if answer.headers.get("Location") != CODE:
        return answer
    token = find_token(get(browser, CODE))
    return post(browser, CODE, token, code=show_code(browser.application, email))


def enter(app: Flask, role: RoleName | None = None) -> tuple[FlaskClient, str]:
    """Return the browser of somebody who has just signed in, and a token for their forms."""
    browser = open_browser(app)
    answer = sign_in(browser, make_staff(app, role))
    assert answer.status_code == 302, answer.text
    return browser, find_token(get(browser, "/staff/deliveries"))


def make_delivery(app: Flask, send: bool = True, **changes: Any) -> int:
    """Bring a letter into being by the path itself; return its delivery's id.

    - ``changes`` are the campaign's; ``send`` delivers it to the outbox.
    """
    with app.app_context():
        with transaction() as session:
            campaign = make_campaign(session, **({"step": STEP} | changes))
            district = make_district(session)
            make_post(session, district)
            make_located(session, campaign, district, STEP)
            campaign_id = campaign.id
        milestones = count_batch(campaign_id).milestones
        store = LetterStore(get_settings().letters_dir)
        delivery_id = store_milestone(milestones[0], store)[0]
        if send:
            assert deliver(delivery_id, store.read) is DeliveryState.ACCEPTED
    return delivery_id


def set_state(app: Flask, delivery_id: int, state: DeliveryState, code: str) -> None:
    """End a first attempt of a delivery by hand, the way a channel would have ended it."""
    now = utcnow()
    settled = state is not DeliveryState.RETRY_WAIT
    with app.app_context(), transaction() as session:
        for step in (DeliveryState.SENDING, state):
            session.execute(
                update(Delivery)
                .where(Delivery.id == delivery_id)
                .values(
                    state=step,
                    attempt=1,
                    reason=code,
                    due_at=None if settled else now,
                    settled_at=now if settled else None,
                )
            )
        session.add(
            Attempt(
                delivery_id=delivery_id,
                number=1,
                phase=Phase.HANDOVER if state is DeliveryState.UNKNOWN else Phase.CLAIMED,
                started_at=now,
                ended_at=now,
                outcome=state.value,
                detail=code,
            )
        )
        record(session, "delivery.claimed", "delivery", delivery_id, detail={"attempt": 1})
        record(
            session,
            f"delivery.{state}",
            "delivery",
            delivery_id,
            detail={"attempt": 1, "outcome": state.value, "code": code},
        )


def get_state(app: Flask, delivery_id: int) -> str:
    """Return the state that the database has."""
    with app.app_context(), transaction() as session:
        return session.get_one(Delivery, delivery_id).state
