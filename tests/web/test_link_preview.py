"""What others see of a link: the picture, the addresses, the icons, robots.txt and the sitemap."""

import re
from datetime import timedelta
from io import BytesIO
from uuid import uuid4
from xml.etree import ElementTree

import pytest
from flask import Flask
from PIL import Image

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Campaign
from petition.web.public.pages import preview_pictures
from petition.web.public.pages.link_preview import describe_preview
from petition.web.public.pages.preview_drawing import ACCENT, Preview, draw_preview
from tests.factories import make_campaign
from tests.ground import SLUG
from tests.web.public_world import CAMPAIGN, DISTRICT, World, make_world, open_page, sign

HOST = "https://petition.example"
PICTURE = f"{CAMPAIGN}/preview.png"


def describe(world: World) -> Preview:
    with world.app.app_context():
        return describe_preview(db.session.get_one(Campaign, world.campaign_id))


def read_meta(text: str) -> dict[str, str]:
    return dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)"', text))


def test_the_picture_says_how_far_the_nearest_district_is(app: Flask) -> None:
    world = make_world(app)
    world.send(world.count(100)[0])
    world.count(63)

    preview = describe(world)

    assert preview.progress == "63 of the next 100 in Middlesex County, MA"
    assert preview.totals == "163 people have signed. 1 letter sent."
    assert preview.filled == 63


@pytest.mark.parametrize("people", [0, 1, 9])
def test_a_count_that_is_not_shown_is_not_drawn(app: Flask, people: int) -> None:
    world = make_world(app)
    before = open_page(app, PICTURE).data
    if people:
        world.count(people)

    assert open_page(app, PICTURE).data == before
    assert describe(world).progress == "Add your name" and describe(world).totals == ""


def test_it_speaks_the_campaigns_language_whoever_asks(app: Flask) -> None:
    world = make_world(app, language="es", title="Que la biblioteca abra de noche")
    world.count(63)

    assert "63 de " in describe(world).progress
    one = open_page(app, PICTURE, **{"Accept-Language": "en"})
    assert open_page(app, f"{PICTURE}?lang=en", **{"Accept-Language": "es"}).data == one.data


def test_a_closed_campaign_asks_for_no_name(app: Flask) -> None:
    world = make_world(app, closes_at=utcnow() - timedelta(days=1))

    assert describe(world).progress == ""


def test_it_is_a_small_png_for_other_sites_to_show(app: Flask) -> None:
    make_world(app).count(63)

    page = open_page(app, PICTURE)

    picture = Image.open(BytesIO(page.data))
    assert picture.format == "PNG" and picture.size == (1200, 630)
    assert len(page.data) < 60_000
    assert page.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in page.headers
    again = open_page(app, PICTURE, **{"If-None-Match": page.headers["ETag"]})
    assert again.status_code == 304 and not again.data


def test_whatever_strangers_add_to_its_address_it_is_drawn_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_world(app, title=f"Drawn once {uuid4()}").count(12)
    drawn: list[Preview] = []

    def note(preview: Preview) -> bytes:
        drawn.append(preview)
        return draw_preview(preview)

    monkeypatch.setattr(preview_pictures, "draw_preview", note)
    for query in ("", "?v=1", "?v=2&lang=es", "?width=9000", f"?{'a' * 500}"):
        assert open_page(app, f"{PICTURE}{query}").status_code == 200

    assert len(drawn) == 1


@pytest.mark.parametrize("path", ["/campaigns/no-such/preview.png", "/campaigns/draft/preview.png"])
def test_there_is_none_of_a_draft(app: Flask, path: str) -> None:
    make_world(app)
    with app.app_context(), transaction() as session:
        make_campaign(session, slug="draft", state="draft")

    assert open_page(app, path).status_code == 404


@pytest.mark.parametrize(
    "title",
    [
        "Short",
        "A very long title about many things " * 9,
        "Donaudampfschifffahrtsgesellschaft" * 9,
        "図書館を守る",
        "مكتبة",
        "",
    ],
)
def test_every_title_is_drawn_within_the_picture(title: str) -> None:
    drawn = draw_preview(Preview("From us", title, "63 of the next 100", "", 63, ACCENT))

    picture = Image.open(BytesIO(drawn)).convert("L")
    right = picture.crop((1200 - 71, 16, 1200, 400))
    assert right.getextrema()[0] > 240  # the margin stays empty


def test_links_are_described_and_lead_to_one_address(app: Flask) -> None:
    make_world(app, accent="#7a1f3d").count(12)

    page = open_page(app, f"{CAMPAIGN}?utm_source=flyer")

    meta = read_meta(page.text)
    assert meta["og:image"] == f"{HOST}{PICTURE}"
    assert meta["og:url"] == f"{HOST}{CAMPAIGN}"
    assert f'<link rel="canonical" href="{HOST}{CAMPAIGN}">' in page.text
    assert meta["og:type"] == "website" and meta["twitter:card"] == "summary_large_image"
    assert page.text.count('"og:title"') == 1
    spanish = read_meta(open_page(app, f"{CAMPAIGN}?utm_source=x&lang=es").text)
    assert spanish["og:url"] == f"{HOST}{CAMPAIGN}?lang=es"
    district = read_meta(open_page(app, DISTRICT).text)
    assert district["og:url"] == f"{HOST}{DISTRICT}" and "Middlesex" in district["og:title"]
    home = read_meta(open_page(app, "/").text)
    assert home["og:url"] == f"{HOST}/" and "og:image" not in home


def test_no_page_of_a_person_has_a_lasting_address(app: Flask) -> None:
    make_world(app)
    thanks = sign(app).headers["Location"]

    for page in (open_page(app, thanks), open_page(app, "/nothing-here"), sign(app, {})):
        assert "canonical" not in page.text and "og:url" not in page.text


def test_icons_come_by_the_names_that_browsers_guess(app: Flask) -> None:
    make_world(app)

    for path, size in {"/favicon.ico": (32, 32), "/apple-touch-icon.png": (180, 180)}.items():
        page = open_page(app, path)
        assert page.status_code == 200
        assert Image.open(BytesIO(page.data)).size == size
        assert page.headers["Cache-Control"] == "public, max-age=86400"
    assert '<link rel="apple-touch-icon" href="/apple-touch-icon.png">' in open_page(app, "/").text


def test_the_sitemap_names_public_campaigns_and_no_draft(app: Flask) -> None:
    make_world(app)
    with app.app_context(), transaction() as session:
        make_campaign(session, slug="draft", state="draft")

    page = open_page(app, "/sitemap.xml")

    assert page.mimetype == "application/xml"
    named = [
        one.text for one in ElementTree.fromstring(page.data).iter() if one.tag.endswith("}loc")
    ]
    assert f"{HOST}/campaigns/{SLUG}" in named and f"{HOST}/" in named
    assert not any("draft" in (address or "") for address in named)
    for address in named:
        assert address
        assert open_page(app, address.removeprefix(HOST)).status_code == 200


def test_robots_are_kept_from_links_of_persons(app: Flask) -> None:
    make_world(app)

    page = open_page(app, "/robots.txt")

    assert page.mimetype == "text/plain"
    assert "Disallow: /signatures/" in page.text.splitlines()
    assert f"Sitemap: {HOST}/sitemap.xml" in page.text.splitlines()
    assert "Disallow: /campaigns" not in page.text and "Disallow: /\n" not in page.text


@pytest.mark.parametrize(
    "path", [f"{CAMPAIGN}/preview.png", "/robots.txt", "/sitemap.xml", "/favicon.ico"]
)
def test_what_has_no_words_is_kept_once_for_all_languages(app: Flask, path: str) -> None:
    make_world(app)

    page = open_page(app, path)

    assert page.status_code == 200 and "Accept-Language" not in page.headers.get("Vary", "")
