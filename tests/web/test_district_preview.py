"""The picture of a district's progress: what it tells, and what it costs."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from flask import Flask
from PIL import Image

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.counting.progress import read_progress_of
from petition.models import Campaign
from petition.web.public.pages import preview_pictures
from petition.web.public.pages.district_preview import describe_district
from petition.web.public.pages.preview_drawing import Preview, draw_preview
from petition.web.public.pages.preview_pictures import PreviewPictures
from tests.factories import make_campaign, make_district
from tests.web.public_world import CAMPAIGN, DISTRICT, World, make_world, open_page, read_words
from tests.web.test_link_preview import HOST, read_meta

PICTURE = f"{DISTRICT}/preview.png"


def describe(world: World) -> Preview:
    with world.app.app_context():
        campaign = db.session.get_one(Campaign, world.campaign_id)
        return describe_district(campaign, read_progress_of(campaign, world.district_id))


def close(world: World) -> None:
    with world.app.app_context(), transaction() as session:
        session.get_one(Campaign, world.campaign_id).closes_at = utcnow() - timedelta(days=1)


def test_it_says_how_far_the_district_is(app: Flask) -> None:
    world = make_world(app)
    world.send(world.count(100)[0])
    world.count(63)

    preview = describe(world)

    assert preview.progress == "63 of the next 100 in Middlesex County, MA"
    assert preview.totals == "163 people in all. 1 letter sent."
    assert preview.filled == 63
    page = read_words(open_page(app, DISTRICT))
    for words in ("63 of the next 100", "163 people in all.", "1 letter sent"):
        assert words in page


@pytest.mark.parametrize("people", [0, 1, 9])
def test_a_count_that_is_not_shown_is_not_drawn(app: Flask, people: int) -> None:
    world = make_world(app)
    before = open_page(app, PICTURE).data
    if people:
        world.count(people)

    assert open_page(app, PICTURE).data == before
    preview = describe(world)
    assert preview.progress == "Add your name in Middlesex County, MA"
    assert preview.totals == "" and preview.filled == 0


def test_of_a_complete_letter_it_says_so(app: Flask) -> None:
    world = make_world(app)
    world.count(100)

    preview = describe(world)

    assert preview.progress == "Letter 1 is complete in Middlesex County, MA"
    assert preview.totals == "100 people in all." and preview.filled == 0


@pytest.mark.parametrize(
    ("people", "progress", "totals"),
    [
        (67, "60+ of the next 100 in Middlesex County, MA", ""),
        (167, "60+ of the next 100 in Middlesex County, MA", "At least 160 people in all."),
        (104, "At least 100 people have signed in Middlesex County, MA", ""),
    ],
)
def test_a_count_that_is_rounded_is_drawn_rounded(
    app: Flask, people: int, progress: str, totals: str
) -> None:
    world = make_world(app, layers=["county", "place"])
    world.count(people)

    preview = describe(world)

    assert (preview.progress, preview.totals) == (progress, totals)


@pytest.mark.parametrize(
    ("people", "progress"),
    [
        (63, "63 people have signed in Middlesex County, MA"),
        (0, "Middlesex County, MA"),
    ],
)
def test_once_closed_it_asks_for_no_name(app: Flask, people: int, progress: str) -> None:
    world = make_world(app)
    if people:
        world.count(people)
    close(world)

    preview = describe(world)

    assert (preview.progress, preview.totals, preview.filled) == (progress, "", None)


def test_it_speaks_the_campaigns_language_whoever_asks(app: Flask) -> None:
    world = make_world(app, language="es", title="Que la biblioteca abra de noche")
    world.count(63)

    assert describe(world).progress == "63 de las próximas 100 en el condado de Middlesex, MA"
    one = open_page(app, PICTURE, **{"Accept-Language": "en"})
    other = open_page(app, f"{PICTURE}?lang=en", **{"Accept-Language": "es"})
    assert one.data == other.data
    assert "Accept-Language" not in one.headers.get("Vary", "")


def test_it_is_a_small_png_for_other_sites_to_show(app: Flask) -> None:
    make_world(app).count(63)

    page = open_page(app, PICTURE)

    picture = Image.open(BytesIO(page.data))
    assert picture.format == "PNG" and picture.size == (1200, 630)
    assert len(page.data) < 60_000
    assert page.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert page.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in page.headers
    again = open_page(app, PICTURE, **{"If-None-Match": page.headers["ETag"]})
    assert again.status_code == 304 and not again.data


@pytest.mark.parametrize(
    "path",
    [
        f"{CAMPAIGN}/districts/county/99999/preview.png",
        f"{CAMPAIGN}/districts/cd/2507/preview.png",
        f"{CAMPAIGN}/districts/nothing/25017/preview.png",
        "/campaigns/no-such/districts/county/25017/preview.png",
        "/campaigns/draft/districts/county/25017/preview.png",
    ],
)
def test_there_is_none_of_what_has_no_page(app: Flask, path: str) -> None:
    make_world(app)
    with app.app_context(), transaction() as session:
        make_campaign(session, slug="draft", state="draft")

    assert open_page(app, path).status_code == 404
    assert open_page(app, path.removesuffix("/preview.png")).status_code == 404


def test_whatever_strangers_add_to_its_address_it_is_drawn_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_world(app, title=f"Drawn once {uuid4()}").count(12)
    drawn: list[Preview] = []

    def note(preview: Preview) -> bytes:
        drawn.append(preview)
        return draw_preview(preview)

    monkeypatch.setattr(preview_pictures, "draw_preview", note)
    for query in ("", "?v=1", "?v=2&lang=es", f"?{'a' * 500}"):
        assert open_page(app, f"{PICTURE}{query}").status_code == 200

    assert len(drawn) == 1


def test_who_has_many_drawn_gets_the_campaigns_picture(make_app: Callable[..., Flask]) -> None:
    app = make_app(PETITION_SIGN_LIMIT="2 per minute")
    make_world(app, title=f"Many districts {uuid4()}")
    with app.app_context(), transaction() as session:
        for number in range(3):
            make_district(session, geoid=f"2590{number}", name=f"County {number}")
    pictures = [f"{CAMPAIGN}/districts/county/2590{number}/preview.png" for number in range(3)]

    answers = [open_page(app, picture) for picture in pictures]

    assert [answer.status_code for answer in answers] == [200, 200, 302]
    assert answers[2].headers["Location"] == f"{CAMPAIGN}/preview.png"
    assert answers[2].headers["Cache-Control"] == "no-store"
    assert open_page(app, pictures[0]).status_code == 200  # drawn already


def test_so_many_pictures_are_kept_and_no_more() -> None:
    pictures = PreviewPictures(2)
    said = [Preview("", f"Title {number}", "", "", 0, "#000000") for number in range(3)]

    drawn = [pictures.draw(preview) for preview in said]

    assert [pictures.find(preview) for preview in said] == [None, drawn[1], drawn[2]]


def test_a_link_to_the_district_is_described_by_it(app: Flask) -> None:
    make_world(app, language="es", summary="Que abra hasta las nueve.").count(63)

    page = open_page(app, DISTRICT, **{"Accept-Language": "en"})

    meta = read_meta(page.text)
    assert '<html lang="en"' in page.text
    assert meta["og:image"] == f"{HOST}{PICTURE}"
    assert meta["og:url"] == f"{HOST}{DISTRICT}"
    assert meta["og:title"].startswith("Condado de Middlesex, MA – ")
    assert meta["og:image:alt"] == meta["og:title"]
    assert meta["og:description"] == "Que abra hasta las nueve."
    assert read_meta(open_page(app, CAMPAIGN).text)["og:image"] == f"{HOST}{CAMPAIGN}/preview.png"


def test_a_preview_of_the_map_is_in_the_campaigns_language(app: Flask) -> None:
    make_world(app, language="es").count(63)

    page = open_page(app, f"{CAMPAIGN}/map/ma/county", **{"Accept-Language": "en"})

    assert "<title>Map of Massachusetts" in page.text
    assert read_meta(page.text)["og:title"].startswith("Mapa de Massachusetts – ")
