"""Pages and mails in English and Spanish: which is chosen, and what carries the choice on."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask
from sqlalchemy import select

from petition.extensions import db
from petition.models import Signature
from petition.signing.mails.composing import Addressee, compose
from tests.ground import fill_form
from tests.web.public_world import CAMPAIGN, SIGN, make_world, open_page, sign

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "petition/translations/es/LC_MESSAGES/messages.po"
SPANISH = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}
PLACEHOLDER = re.compile(r"%\(\w+\)s")


def test_the_browser_chooses_and_english_is_the_default(app: Flask) -> None:
    make_world(app)

    for path in ("/", CAMPAIGN, f"{CAMPAIGN}/thanks", f"{CAMPAIGN}/near", "/no-such-page"):
        spanish = open_page(app, path, **SPANISH)
        assert '<html lang="es">' in spanish.text, path
        assert "Accept-Language" in spanish.headers["Vary"], path
        assert "Set-Cookie" not in spanish.headers, path
        for header in ({}, {"Accept-Language": "fr"}):
            assert '<html lang="en">' in open_page(app, path, **header).text, path


def test_the_choice_travels_through_errors_to_the_thanks(app: Flask) -> None:
    make_world(app)

    page = open_page(app, f"{CAMPAIGN}?lang=es")
    assert f'action="{SIGN}?lang=es"' in page.text
    assert 'hreflang="en"' in page.text

    refused = sign(app, {}, f"{SIGN}?lang=es")
    assert refused.status_code == 422
    assert "Escriba su nombre." in refused.text
    assert f'action="{SIGN}?lang=es"' in refused.text

    signed = sign(app, path=f"{SIGN}?lang=es")
    assert signed.headers["Location"].endswith("/thanks?lang=es")
    assert "Gracias" in open_page(app, signed.headers["Location"]).text


def test_a_signer_is_mailed_in_the_language_of_the_form(app: Flask) -> None:
    make_world(app, confirm_email=True)
    sign(app, fill_form(1), headers=SPANISH)

    with app.app_context():
        signature = db.session.scalars(select(Signature)).one()
        assert signature.language == "es"
        assert signature.person is not None
        to = Addressee(signature.id, signature.person, "Carta", "Grupo", signature.language)
        mail = compose(to, "confirm", 1, {"days": 14})

    assert mail["Subject"] == "Confirme su firma: Carta"
    for part in ("plain", "html"):
        body = mail.get_body((part,))
        assert body is not None
        assert "Hola, " in body.get_content() and "?lang=es" in body.get_content()


def test_the_catalogue_has_every_message_and_is_compiled() -> None:
    catalogue = read_po(BytesIO(CATALOGUE.read_bytes()), locale="es")
    compiled = Translations(BytesIO(CATALOGUE.with_suffix(".mo").read_bytes()))
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    words = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}

    for _, _, wanted, _, _ in extract_from_dir(ROOT, methods, options, words):
        assert catalogue.get(wanted), wanted
    for message in catalogue:
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        assert len(said) == len(ids) and all(said), message.id
        for one in said:
            found = sorted(PLACEHOLDER.findall(one))
            assert found == sorted(PLACEHOLDER.findall(ids[-1])), message.id
        if isinstance(message.id, str):
            assert compiled.gettext(message.id) == message.string


@pytest.mark.parametrize("path", ["/staff/login"])
def test_staff_pages_stay_english(app: Flask, path: str) -> None:
    assert 'lang="en"' in open_page(app, path, **SPANISH).text
