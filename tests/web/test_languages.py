"""Pages and mails in English and Spanish: which is chosen, what carries it on, that all is said."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from email.message import EmailMessage
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from petition.core.errors import DatabaseUnavailable
from petition.core.extensions import db
from petition.models import Signature
from petition.notifications.composition import MailAddressee, compose
from petition.notifications.relayed.relay_mail import RelayContent, render_relay
from tests.factories import make_person
from tests.ground import fill_form
from tests.web.every_page import open_every_page
from tests.web.public_world import CAMPAIGN, SIGN, list_links, make_world, open_page, sign
from tests.web.reading import list_pieces, list_untranslated, read_page

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "petition/translations/es/LC_MESSAGES/messages.po"
TEMPLATES = ROOT / "templates"
SPANISH = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}
PLACEHOLDER = re.compile(r"%\(\w+\)s")
# What is called the same in every language; a class of the page; the keys of states and pictures.
NAMES = frozenset("Hundredth PDF SHA Windows macOS Linux WhatsApp Bluesky Facebook wide".split())
NAMES |= {"on its way", "not delivered", "handed over", "in the outbox"}
# Written in both languages by hand, since it goes to an office in the letter's own; and in English,
# as the portal is, since it goes to an organization.
BY_HAND = {"email/letter.txt", "email/answer.txt"}
# Files that a page of each language asks for in the same words.
WORDLESS = re.compile(r"/static/|/partners/|/apple-touch-icon|.*\.css")
MAILS = {
    "confirm": {"days": 14},
    "reminder": {"days": 10},
    "link": {},
    "delivered": {
        "letters": [
            {
                "posts": [
                    {"title": "Board", "fate": "handed over", "at": datetime(2026, 11, 28)},
                    {"title": "Council", "fate": "in the outbox", "at": datetime(2026, 11, 28)},
                ],
                "district": "Middlesex County",
                "state": "MA",
                "total": 1200,
                "code": "XXXXXXXX",
                "url": "https://petition.example/letters/XXXXXXXX",
            }
        ],
    },
    "successor": {
        "successor": "Another",
        "successor_language": "es",
        "successor_organization": "Others",
        "successor_url": "https://petition.example/campaigns/another",
    },
}


@cache
def read_catalogue() -> Catalog:
    return read_po(BytesIO(CATALOGUE.read_bytes()), locale="es")


def find_english(words: str) -> list[str]:
    """Return the English pieces of the catalogue's messages that stand in a text."""
    return [piece for piece in list_pieces(read_catalogue()) if piece in words]


def compose_mail(kind: str, language: str) -> EmailMessage:
    to = MailAddressee(1, make_person(), "Carta", "Grupo", language)
    return compose(to, kind, 1, MAILS[kind])


def list_bodies(mail: EmailMessage) -> Iterator[str]:
    for part in ("plain", "html"):
        body = mail.get_body((part,))
        assert body is not None
        yield body.get_content()


def find_sheet(page: TestResponse, name: str) -> str:
    """Return one article of a campaign's page, tags and all."""
    found = re.search(rf'<article class="sheet {name}".*?</article>', page.text, re.DOTALL)
    assert found
    return found[0]


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
    assert re.search(r"/thanks\?near=[\w-]+&lang=es$", signed.headers["Location"])
    assert "Gracias" in open_page(app, signed.headers["Location"]).text


def test_a_signer_is_mailed_in_the_language_of_the_form(app: Flask) -> None:
    make_world(app, confirm_email=True)
    sign(app, fill_form(1), headers=SPANISH)

    with app.app_context():
        signature = db.session.scalars(select(Signature)).one()
        assert signature.language == "es"
        assert signature.person is not None
        to = MailAddressee(signature.id, signature.person, "Carta", "Grupo", signature.language)
        mail = compose(to, "confirm", 1, {"days": 14})

    assert mail["Subject"] == "Confirme su firma: Carta"
    for body in list_bodies(mail):
        assert "Hola:" in body and "?lang=es" in body


def test_every_page_in_spanish_says_no_english_and_keeps_the_choice(app: Flask) -> None:
    pages = open_every_page(app, "es")

    for name, page in pages.items():
        if page.location:
            assert "lang=es" in page.location, name
            continue
        assert '<html lang="es"' in page.text, name
        words = read_page(page.text, "es")
        assert find_english(words) == [], name
        # A count of several takes its plural, and no article stands before a layer's name.
        wrong = r"\b(?:su|mi) (?:distritos|condados)\b|\b(?:el|del|al|un|ningún|mismo) ciudad\b"
        assert not re.search(wrong, words), name
        for link in list_links(page):
            if link.startswith("/") and not WORDLESS.match(link):
                assert "lang=es" in link, (name, link)


# As a test of it is, which has all words that it can have.
RELAYED = RelayContent(
    send_id=1,
    signature_id=None,
    organization_id=1,
    organization="Riders",
    subject="A walk",
    body="Come along.",
    first_name="Ada",
    name="",
    email="ada@riders.example",
    reply_to="ada@riders.example",
    campaign="Save the path",
)


def test_every_page_in_english_says_what_the_catalogue_has(app: Flask) -> None:
    """Hold that the search of the test before finds words where they are: the rest is in mails."""
    pages = open_every_page(app, "en")

    words = " ".join(read_page(page.text, "en") for page in pages.values())
    with app.test_request_context():
        words += render_relay(RELAYED).text
    pieces = list_pieces(read_catalogue())
    seen = {message for piece, message in pieces.items() if piece in words}

    # The others are in mails, and in what is said of each thing that can be typed wrong.
    assert len(seen) > 0.64 * len(set(pieces.values()))
    assert find_english("It takes a minute.") == ["It takes a minute."]


@pytest.mark.parametrize("kind", MAILS)
def test_every_mail_in_spanish_says_no_english(app: Flask, kind: str) -> None:
    with app.test_request_context():
        mail = compose_mail(kind, "es")
        english = compose_mail(kind, "en")

    assert mail["Subject"] != english["Subject"]
    for body in list_bodies(mail):
        assert find_english(" ".join(body.split())) == []
        assert not re.search("Hola, Ada:</?p>?\n+<p>[a-z]|Hola, Ada:\n\n[a-z]", body)
    for body in list_bodies(english):
        assert find_english(" ".join(body.split()))


def test_what_fails_is_told_in_spanish_too(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(PETITION_SIGN_LIMIT="1 per hour", PETITION_LOOK_UP_LIMIT="1 per hour")
    make_world(app, guards={"proof_of_work": "off"})

    sign(app, fill_form(1), headers=SPANISH)
    answers = [sign(app, fill_form(2), headers=SPANISH)]
    for error in (DatabaseUnavailable("x"), RuntimeError("x")):

        def fail(*args: object, error: Exception = error) -> None:
            raise error

        with monkeypatch.context() as patched:
            patched.setattr("petition.web.public.pages.campaigns.find_campaign", fail)
            answers.append(open_page(app, CAMPAIGN, **SPANISH))

    assert [answer.status_code for answer in answers] == [429, 503, 500]
    for answer in answers:
        assert find_english(read_page(answer.text, "es")) == []


def test_a_number_in_a_mail_is_written_as_in_the_united_states(app: Flask) -> None:
    with app.test_request_context():
        bodies = list(list_bodies(compose_mail("delivered", "es")))

    assert all("1,200 personas" in body for body in bodies)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_sheet_speaks_the_letters_language_and_is_marked_so(app: Flask, language: str) -> None:
    make_world(app, language="es", step=1_000)

    page = open_page(app, f"{CAMPAIGN}?lang={language}")
    home = open_page(app, f"/?lang={language}")

    first, rest = (find_sheet(page, f"sheet-{part}") for part in ("first", "rest"))
    assert 'lang="es" aria-label="La carta"' in first
    assert "Para los legisladores de su condado" in first and "Asunto: Campaign" in first
    assert 'lang="es" aria-label="Continuación de la carta"' in rest
    assert "y 1,000 residentes de su condado, cuyos nombres siguen" in rest
    assert ' lang="' not in first.partition(">")[2] + rest.partition(">")[2]
    assert "Para los legisladores de su condado" in home.text
    spoken = read_page(page.text, language)
    assert ("Add your name" in spoken) == (language == "en")
    assert ("los legisladores de su condado" in spoken) == (language == "es")


def test_an_english_letter_stays_english_on_a_spanish_page(app: Flask) -> None:
    make_world(app, language="en-US", step=1_000)

    page = open_page(app, f"{CAMPAIGN}?lang=es")

    assert 'lang="en-US" aria-label="The letter"' in page.text
    assert "To the lawmakers of your county" in find_sheet(page, "sheet-first")
    assert "and 1,000 residents of your county, named below" in find_sheet(page, "sheet-rest")
    assert "Agregue su nombre" in page.text


def test_our_words_on_a_letter_in_a_language_we_do_not_have_are_marked(app: Flask) -> None:
    make_world(app, language="fr")

    page = open_page(app, f"{CAMPAIGN}?lang=es")

    assert '<article class="sheet sheet-first" lang="fr"' in page.text
    assert '<p class="sheet-to" lang="en">To the lawmakers of your county</p>' in page.text
    assert '<p class="sheet-signed" lang="en">' in page.text


def list_templates() -> list[str]:
    found = (
        path.relative_to(TEMPLATES).as_posix()
        for folder in ("public", "embed", "email")
        for path in sorted((TEMPLATES / folder).iterdir())
    )
    return [name for name in found if name not in BY_HAND]


@pytest.mark.parametrize("name", list_templates())
def test_a_template_says_nothing_but_through_the_catalogue(name: str) -> None:
    assert list_untranslated((TEMPLATES / name).read_text("utf-8"), NAMES) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('<p>{{ _("Sign") }} Hundredth</p>', []),
        ("<p>{{ count }} letters</p>", ["letters"]),
        ('<nav aria-label="Kinds of districts"></nav>', ["Kinds", "of", "districts"]),
        ('<meta name="description" content="How many {{ p }}">', ["How", "many"]),
        ('<meta name="viewport" content="width=device-width">', []),
        ('{{ "s" if letters != 1 }}', ["s"]),
        ('{{ field("code", "The code", {"code": typed}) }}', ["The code"]),
        ('{{ field("code", _("The code"), name="code") }}', []),
        ('{{ ngettext("%(num)s day", "%(num)s days", days) }}', []),
        ('{% set words = {"on its way": _("On its way")} %}', []),
        ("<code>sha256sum letter.pdf</code>{# in words #}", []),
    ],
)
def test_the_search_of_templates_finds_what_is_not_translated(
    source: str, found: list[str]
) -> None:
    assert list_untranslated(source, NAMES) == found


def test_the_catalogue_has_every_message_and_is_compiled() -> None:
    catalogue = read_catalogue()
    compiled = Translations(BytesIO(CATALOGUE.with_suffix(".mo").read_bytes()))
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    words = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}

    wanted = {found for _, _, found, _, _ in extract_from_dir(ROOT, methods, options, words)}

    kept = {message.id for message in catalogue if message.id}
    assert kept == wanted  # `make messages` adds what is new and drops what nobody says
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
        if len(ids) == 1:
            assert compiled.gettext(ids[0]) == said[0]
        else:
            assert tuple(compiled.ngettext(*ids, number) for number in (1, 2)) == said


def test_the_catalogues_head_names_nobody_who_is_not_there() -> None:
    head = CATALOGUE.read_text("utf-8").partition("\n\n")[0]

    assert not re.search("FULL NAME|FIRST AUTHOR|EMAIL@ADDRESS|LL@li|PROJECT|VERSION", head)


@pytest.mark.parametrize("path", ["/staff/login"])
def test_staff_pages_stay_english(app: Flask, path: str) -> None:
    assert 'lang="en"' in open_page(app, path, **SPANISH).text
