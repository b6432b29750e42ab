"""How mails to signers look: the campaign's logo and accent, and nothing fetched from afar."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO
from typing import Any

import pytest
from flask.ctx import AppContext
from PIL import Image

from petition.core.extensions import transaction
from petition.mail.headers import render_message
from petition.models import Campaign, Organization
from petition.notifications.composition import ACCENT, MailAddressee, compose
from tests.factories import make_campaign, make_signature


def draw_logo(kind: str = "PNG", size: tuple[int, int] = (160, 64)) -> bytes:
    stored = BytesIO()
    Image.new("RGB", size, "#7a1f3d").save(stored, kind)
    return stored.getvalue()


def compose_for(picture: bytes | None, logo_type: str | None, **changes: Any) -> EmailMessage:
    """Return the mail that asks for a confirmation, as its reader's program parses it."""
    with transaction() as session:
        session.add(Organization(slug="group", name="Group", logo=picture, logo_type=logo_type))
        campaign: Campaign = make_campaign(session, **({"logo": "group"} | changes))
        signature = make_signature(session, campaign)
        assert signature.person
        to = MailAddressee.of(signature.id, signature.person, campaign)
    sent = render_message(compose(to, "confirm", 1, {"days": 14}))
    found = message_from_bytes(sent, policy=SMTP)
    assert isinstance(found, EmailMessage)
    return found


def read_page(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def test_the_logo_is_a_part_of_the_mail(context: AppContext) -> None:
    logo = draw_logo()

    mail = compose_for(logo, "image/png")

    shown = re.findall(r'src="cid:([^"]+)"', read_page(mail))
    pictures = [part for part in mail.walk() if part.get_content_maintype() == "image"]
    assert [part["Content-ID"] for part in pictures] == [f"<{shown[0]}>"]
    assert pictures[0].get_content() == logo
    assert pictures[0].get_content_disposition() == "inline"
    assert not re.search(r'src="(?!cid:)|url\(|<link', read_page(mail))
    plain = mail.get_body(("plain",))
    assert plain is not None and "cid:" not in plain.get_content()


@pytest.mark.parametrize(
    ("logo", "logo_type"),
    [
        (None, None),
        (draw_logo("WEBP"), "image/webp"),
        (draw_logo() + bytes(40_000), "image/png"),
    ],
    ids=["none", "WebP", "large"],
)
def test_what_a_mail_cannot_show_is_left_out(
    context: AppContext, logo: bytes | None, logo_type: str | None
) -> None:
    mail = compose_for(logo, logo_type)

    assert "<img" not in read_page(mail)
    assert {part.get_content_maintype() for part in mail.walk()} == {"multipart", "text"}


def test_a_logo_of_an_organization_that_is_not_there_stops_no_mail(context: AppContext) -> None:
    mail = compose_for(None, None, logo="another")

    assert "<img" not in read_page(mail)


@pytest.mark.parametrize(("accent", "shown"), [("#7a1f3d", "#7a1f3d"), (None, ACCENT)])
def test_the_button_has_the_campaigns_accent_and_says_what_it_does(
    context: AppContext, accent: str | None, shown: str
) -> None:
    page = read_page(compose_for(None, None, accent=accent))

    buttons = re.findall(r"<a [^>]*background:(#[0-9a-f]{6})[^>]*>([^<]+)</a>", page)
    assert buttons == [(shown, "Confirm my signature")]


KINDS: dict[str, dict[str, Any]] = {
    "confirm": {"days": 14},
    "reminder": {"days": 3},
    "question": {"postal_code": "02139", "places": [], "layer": "county"},
    "link": {"links": []},
    "delivered": {"letters": []},
    "successor": {
        "successor": "Otra carta",
        "successor_language": "es",
        "successor_organization": "Group",
        "successor_url": "https://petition.example/campaigns/otra",
    },
}


@pytest.mark.parametrize(("kind", "several"), [*((kind, False) for kind in KINDS), ("link", True)])
def test_a_title_in_another_language_than_the_mail_is_marked_so(
    context: AppContext, kind: str, several: bool
) -> None:
    with transaction() as session:
        campaign = make_campaign(session, title="Sin cámaras", language="es")
        signature = make_signature(session, campaign)
        assert signature.person
        told = {"signature_id": signature.id, "campaign": campaign.title, "organization": "Group"}
        told |= {"campaign_language": "es", "name": "", "ended": False, "waiting": False}
        values = dict(KINDS[kind])
        if kind == "link":
            values["links"] = [told] * (2 if several else 1)
        spanish, english = (
            compose(MailAddressee.of(signature.id, signature.person, campaign, to), kind, 1, values)
            for to in ("es", "en")
        )

    assert '<span lang="es">Sin cámaras</span>' in read_page(english)
    assert read_page(english).count('lang="es"') == (
        4 if kind == "link" and several else 2 if kind == "successor" else 1
    )
    assert 'lang="en"' in read_page(english)
    assert "<span" not in read_page(spanish)
    plain = english.get_body(("plain",))
    assert plain is not None and "Sin cámaras" in plain.get_content()
    assert "<span" not in plain.get_content() + english["Subject"]
