"""The switch to another language after a form was sent: what was typed stays, nothing is done."""

import re

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from petition.core.extensions import db
from petition.models import Mail, Signature
from petition.signing.link_tokens import LinkPurpose, make_token
from petition.web.form_moment import seal_moment
from tests.ground import fill_form
from tests.web.public_world import CAMPAIGN, SIGN, make_world, open_page, read_words, sign

EMBED = CAMPAIGN.replace("/campaigns/", "/embed/")
BUTTON = re.compile(
    r'<button class="as-link" form="typed-form" formmethod="post" formaction="([^"]*)"'
    r' name="redraw" value="1" lang="es">Español</button>'
)
SHOWN = re.compile(r'<input type="hidden" form="typed-form" name="shown" value="([^"]+)">')


def send(app: Flask, address: str, **fields: str) -> TestResponse:
    return app.test_client().post(address, data=fields)


def press(app: Flask, page: TestResponse, address: str, **fields: str) -> TestResponse:
    """Press the button of a page with the form that it belongs to."""
    action = BUTTON.search(page.text)
    assert action, "no button"
    assert page.text.count('id="typed-form"') == 1
    shown = SHOWN.search(page.text)
    kept = {"shown": shown[1]} if shown else {}
    return send(app, f"{address}{action[1]}", **fields, **kept, redraw="1")


def count_rows(app: Flask) -> tuple[int, int]:
    with app.app_context():
        found = [db.session.scalar(select(func.count()).select_from(t)) for t in (Signature, Mail)]
    return found[0] or 0, found[1] or 0


@pytest.mark.parametrize("address", [SIGN, f"{EMBED}/signatures"])
def test_a_form_with_errors_is_shown_in_spanish_with_what_was_typed(
    app: Flask, address: str
) -> None:
    make_world(app)
    typed = fill_form(1) | {"email": "nobody", "given_name": "Ana"}
    page = send(app, address, **typed)

    again = press(app, page, address, **typed)

    assert page.status_code == 422 and again.status_code == 200
    assert '<html lang="es"' in again.text
    assert 'value="nobody"' in again.text and 'value="Ana"' in again.text
    assert "<title>Error: " in again.text
    assert "Escriba un correo electrónico como" in read_words(again)
    assert again.text.count('aria-invalid="true"') == 1
    assert SHOWN.search(again.text), "lost at the next switch"


@pytest.mark.parametrize("shown", ["", "x", "AQ", "ü" * 9, "A" * 5000])
def test_errors_that_no_form_of_ours_showed_are_none(app: Flask, shown: str) -> None:
    make_world(app)

    again = send(app, f"{SIGN}?lang=es", **fill_form(1), redraw="1", shown=shown)

    assert again.status_code == 200
    assert 'class="summary"' not in again.text and not SHOWN.search(again.text)


def test_a_form_that_shows_no_error_gets_none_by_the_switch(app: Flask) -> None:
    make_world(app)
    typed = {"postal_code": "02139", "email": "nobody"}
    page = send(app, f"{CAMPAIGN}/zip", **typed)

    again = press(app, page, f"{CAMPAIGN}/zip", **typed)

    assert 'value="nobody"' in again.text and 'class="summary"' not in again.text


def test_a_time_to_wait_is_told_in_the_other_language(app: Flask) -> None:
    make_world(app, guards={"minimum_seconds": 40, "proof_of_work": "off"})
    with app.test_request_context():
        typed = fill_form(1) | {"drawn": seal_moment()}
    page = send(app, SIGN, **typed)

    again = press(app, page, SIGN, **typed)

    assert re.search(r"Wait \d+ seconds", read_words(page))
    assert re.search(r"Espere \d+ segundos", read_words(again))


@pytest.mark.parametrize("address", [SIGN, f"{EMBED}/signatures"])
def test_the_switch_of_a_form_never_signs(app: Flask, address: str) -> None:
    make_world(app)

    again = send(app, f"{address}?lang=es", **fill_form(1), redraw="1")

    assert again.status_code == 200
    assert count_rows(app) == (0, 0)


def test_a_look_up_with_an_error_is_shown_in_spanish(app: Flask) -> None:
    make_world(app)
    near = f"{CAMPAIGN}/near"
    typed = {"postal_code": "021"}
    page = send(app, near, **typed)

    again = press(app, page, near, **typed)

    assert '<html lang="es"' in again.text and 'value="021"' in again.text
    assert "Ese código postal no existe." in read_words(again)


def test_so_is_an_address(app: Flask) -> None:
    make_world(app)
    near = f"{CAMPAIGN}/near"
    typed = {"postal_code": "02139", "street_address": ""}
    page = send(app, near, **typed)

    again = press(app, page, near, **typed)

    assert page.status_code == 422 and again.status_code == 200
    assert 'aria-describedby="street_address-hint street_address-problem"' in again.text
    assert "Enter" not in read_words(again)


def test_the_switch_of_a_lost_link_mails_nothing(app: Flask) -> None:
    make_world(app)
    sign(app)
    rows = count_rows(app)
    typed = {"campaign": CAMPAIGN.rpartition("/")[2], "email": "nobody"}
    page = send(app, "/signatures/lost", **typed)

    again = press(app, page, "/signatures/lost", **typed | {"email": "ann@example.org"})

    assert 'value="ann@example.org"' in again.text and '<html lang="es"' in again.text
    assert "Error: Escriba el correo electrónico con el que firmó." in read_words(again)
    assert count_rows(app) == rows


def test_the_answer_about_a_lost_link_is_a_page_of_its_own(app: Flask) -> None:
    make_world(app)
    typed = {"campaign": CAMPAIGN.rpartition("/")[2], "email": "ann@example.org"}

    sent = send(app, "/signatures/lost", **typed)

    assert sent.status_code == 303
    assert "ann" not in sent.location
    assert "Revise su correo" in read_words(open_page(app, f"{sent.location}&lang=es"))


def test_the_page_of_an_ended_subscription_says_so_in_spanish(app: Flask) -> None:
    make_world(app)
    sign(app)
    with app.app_context():
        signature_id = db.session.scalars(select(Signature.id)).one()
        link = f"/unsubscribe/{make_token(signature_id, LinkPurpose.UNSUBSCRIBE)}"
    page = send(app, link)

    again = open_page(app, f"{link}?lang=es")

    assert '<a href="?lang=es" hreflang="es" lang="es">Español</a>' in page.text
    assert "<form" not in again.text


def test_the_switch_of_a_private_page_changes_nothing(app: Flask) -> None:
    make_world(app)
    sign(app)
    with app.app_context():
        signature_id = db.session.scalars(select(Signature.id)).one()
        link = f"/signatures/{make_token(signature_id, LinkPurpose.STATUS)}"
    wrong = {"do": "amend", "given_name": "A" * 200, "family_name": "Reyes", "comment": "Please."}
    page = send(app, link, **wrong)

    again = press(app, page, link, **wrong)
    withdrawn = send(app, f"{link}?lang=es", do="withdraw", redraw="1")

    assert page.status_code == 422
    assert 'value="Reyes"' in again.text and "Please." in again.text
    assert "Nombre: acorte su nombre a 150 caracteres" in read_words(again)
    assert withdrawn.status_code == 200
    with app.app_context():
        assert db.session.scalars(select(Signature.ended_at)).one() is None
