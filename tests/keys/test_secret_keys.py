"""What a secret key of before has signed stays good while it is a fallback, and no longer."""

from collections.abc import Callable
from hashlib import sha1

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from petition.core.errors import TokenRefused
from petition.core.extensions import db, transaction
from petition.signing.link_tokens import LinkPurpose, make_token, read_token
from tests.conftest import ENVIRONMENT
from tests.factories import make_campaign, make_signature
from tests.web.staff_world import BASE, enter, find_token, get, post

MakeApp = Callable[..., Flask]
OLD = ENVIRONMENT["SECRET_KEY"]
NEW = "the-next-secret-key-0123456789-abcdefghijk"
OLDER = "the-one-before-0123456789-abcdefghijklmnop"
COOKIE = "__Secure-hundredth"
TURNED = {"SECRET_KEY": NEW, "SECRET_KEY_FALLBACKS": f"{OLD},{OLDER}"}


def add_signature(app: Flask) -> int:
    with app.app_context():
        with transaction() as session:
            number = make_signature(session, make_campaign(session)).id
        db.session.remove()
    return number


def make_link(app: Flask, number: int) -> str:
    with app.app_context():
        return make_token(number, LinkPurpose.STATUS)


def read_link(app: Flask, link: str) -> int:
    with app.app_context():
        return read_token(link, LinkPurpose.STATUS)


def test_a_link_of_a_fallback_opens_and_one_of_a_stranger_does_not(make_app: MakeApp) -> None:
    number = add_signature(make_app())
    turned = make_app(**TURNED)

    for key in (OLD, OLDER, NEW):
        assert read_link(turned, make_link(make_app(SECRET_KEY=key), number)) == number
    forged = make_link(make_app(SECRET_KEY="a-strangers-key-0123456789-abcdefghijklmno"), number)
    with pytest.raises(TokenRefused):
        read_link(turned, forged)


def test_new_links_are_signed_with_the_first_key_alone(make_app: MakeApp) -> None:
    number = add_signature(make_app())

    link = make_link(make_app(**TURNED), number)

    assert read_link(make_app(SECRET_KEY=NEW), link) == number
    with pytest.raises(TokenRefused):
        read_link(make_app(), link)


def test_a_link_ends_with_the_fallback_that_signed_it(make_app: MakeApp) -> None:
    app = make_app()
    link = make_link(app, add_signature(app))

    with pytest.raises(TokenRefused):
        read_link(make_app(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=OLDER), link)


@pytest.mark.parametrize("keys", [{}, TURNED])
def test_a_link_of_before_sha_256_opens(make_app: MakeApp, keys: dict[str, str]) -> None:
    app = make_app()
    number = add_signature(app)
    link = make_link(app, number)
    held = URLSafeTimedSerializer(OLD).loads_unsafe(link)[1]
    before = URLSafeTimedSerializer(
        OLD, salt="hundredth-status", signer_kwargs={"digest_method": sha1}
    ).dumps(held)

    assert len(before) < len(link)
    assert read_link(make_app(**keys), str(before)) == number


def move(browser: FlaskClient, app: Flask) -> FlaskClient:
    """Return the same browser, before another release of the service."""
    cookie = browser.get_cookie(COOKIE, "petition.example", "/staff")
    assert cookie is not None
    moved = app.test_client()
    moved.set_cookie(COOKIE, cookie.value, domain="petition.example", path="/staff", secure=True)
    return moved


def test_staff_stay_signed_in_and_their_open_forms_good(make_app: MakeApp) -> None:
    browser, token = enter(make_app())
    turned = move(browser, make_app(**TURNED))

    page = get(turned, "/staff/deliveries")
    out = post(turned, "/staff/logout", token)

    assert page.status_code == 200
    assert out.status_code == 302
    assert get(turned, "/staff/deliveries").status_code == 302


def test_a_new_session_is_signed_with_the_first_key_alone(make_app: MakeApp) -> None:
    browser, token = enter(make_app(**TURNED))

    alone = move(browser, make_app(SECRET_KEY=NEW))
    before = move(browser, make_app())

    assert find_token(get(alone, "/staff/deliveries"))
    assert post(move(browser, make_app()), "/staff/logout", token).status_code != 302
    assert get(before, "/staff/deliveries").status_code == 302


def test_staff_are_signed_out_without_the_fallback(make_app: MakeApp) -> None:
    browser, _ = enter(make_app())

    answer = get(move(browser, make_app(SECRET_KEY=NEW)), "/staff/deliveries")

    assert answer.status_code == 302
    assert answer.location.startswith((f"{BASE}/staff/login", "/staff/login"))
