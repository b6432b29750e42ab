"""What is compressed, and what must never be: a secret beside words that a visitor chose."""

import gzip
from typing import Any

import pytest
from flask import Flask

from tests.ground import SLUG
from tests.web.every_page import open_every_page
from tests.web.public_world import CAMPAIGN, DISTRICT, find_near, make_world, open_page, sign

GZIP = {"Accept-Encoding": "gzip, br"}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        CAMPAIGN,
        f"{CAMPAIGN}?lang=es",
        DISTRICT,
        f"{CAMPAIGN}/map/ma/county",
        f"/embed/{SLUG}?scheme=dark&lang=es",
        "/privacy",
        "/static/hundredth.css",
        "/static/embed.js",
        "/static/leaflet/leaflet.js",
    ],
)
def test_what_everybody_gets_is_compressed(app: Flask, path: str) -> None:
    make_world(app).count(63)

    plain = open_page(app, path)
    page = open_page(app, path, **GZIP)

    assert "Content-Encoding" not in plain.headers and page.headers["Content-Encoding"] == "gzip"
    unpacked = gzip.decompress(page.data)
    assert len(unpacked) == pytest.approx(len(plain.data), abs=200)
    assert int(page.headers["Content-Length"]) == len(page.data) < len(plain.data) / 2
    for answer in (plain, page):
        assert "Accept-Encoding" in answer.headers["Vary"]


@pytest.mark.parametrize(
    "path",
    [
        f"{CAMPAIGN}?utm_source=words-of-a-stranger",  # it is repeated in the language switch
        f"{CAMPAIGN}?lang=es&q=words",
        "/letters?code=words",
        f"{CAMPAIGN}/preview.png",
        "/static/fonts/sans-400-latin.e70becc164.woff2",
        "/healthz",
        "/staff/login",
    ],
)
def test_nothing_that_repeats_a_visitors_words_is(app: Flask, path: str) -> None:
    make_world(app)

    assert "Content-Encoding" not in open_page(app, path, **GZIP).headers


def test_no_answer_to_a_form_no_look_up_and_no_thanks_is(app: Flask) -> None:
    make_world(app)
    thanks = sign(app).headers["Location"]

    for page in (
        sign(app, {"given_name": "Ada"}, headers=GZIP),
        open_page(app, thanks, **GZIP),
        open_page(app, find_near(app), **GZIP),
    ):
        assert "Content-Encoding" not in page.headers


def test_no_page_of_a_link_or_with_a_cookie_is(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = app.wsgi_app

    def accept_gzip(environ: Any, start_response: Any) -> Any:
        return inner(environ | {"HTTP_ACCEPT_ENCODING": "gzip"}, start_response)

    monkeypatch.setattr(app, "wsgi_app", accept_gzip)
    pages = open_every_page(app, "en")

    assert any("Content-Encoding" in page.headers for page in pages.values())
    for name, page in pages.items():
        path = page.request.path
        if path.startswith(("/signatures", "/confirm", "/unsubscribe", "/staff")):
            assert "Content-Encoding" not in page.headers, name
        if "/address/" in path or page.request.method == "POST":
            assert "Content-Encoding" not in page.headers, name


def test_a_browser_that_has_the_file_gets_304(app: Flask) -> None:
    path = "/static/hundredth.css"
    tag = open_page(app, path, **GZIP).headers["ETag"]

    again = open_page(app, path, **GZIP, **{"If-None-Match": tag})

    assert again.status_code == 304 and not again.data
    assert tag.startswith("W/")


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "br"])
def test_who_does_not_accept_it_gets_the_file_as_it_is(app: Flask, accepted: str) -> None:
    page = open_page(app, "/static/hundredth.css", **{"Accept-Encoding": accepted})

    assert "Content-Encoding" not in page.headers and page.data.startswith(b"/*")


def test_the_style_sheet_is_light(app: Flask) -> None:
    assert len(open_page(app, "/static/hundredth.css", **GZIP).data) < 10_000
