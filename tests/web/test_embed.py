"""The embedded pages: framed by whom the campaign allows, without a cookie, and they sign."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from petition.core.extensions import db
from tests.ground import SLUG, fill_form
from tests.web.public_world import (
    CAMPAIGN,
    count_signatures,
    list_links,
    look_up,
    make_world,
    open_page,
    read_words,
    sign,
)
from tests.web.street_world import WEST, lay_town

EMBED = f"/embed/{SLUG}"
EMBED_SIGN = f"{EMBED}/signatures"
GROUP = "https://group.example"
OURS = {"Origin": "https://petition.example", "Sec-Fetch-Site": "same-origin"}
ALLOWED = {"embed_origins": [GROUP, "http://localhost:9000"], "guards": {"minimum_seconds": 0}}


def read_framers(page: TestResponse) -> str:
    """Return whom the page's policy lets frame it."""
    found = re.search(r"frame-ancestors ([^;]+)", page.headers["Content-Security-Policy"])
    assert found
    return found[1]


def open_all(app: Flask) -> dict[str, TestResponse]:
    """Return every answer that a frame may get, good and bad, by what it is."""
    return {
        "form": open_page(app, EMBED),
        "thanks": open_page(app, f"{EMBED}/thanks"),
        "map": open_page(app, f"{EMBED}/map"),
        "map of a state": open_page(app, f"{EMBED}/map/ma/county"),
        "map of nothing": open_page(app, f"{EMBED}/map/ri/county"),
        "signed": sign(app, path=EMBED_SIGN, headers=OURS),
        "errors": sign(app, {}, EMBED_SIGN, OURS),
        "cross-site": sign(app, path=EMBED_SIGN, headers={"Sec-Fetch-Site": "cross-site"}),
        "question, forged": open_page(app, f"{EMBED}/address/forged"),
    }


def test_only_the_campaigns_websites_may_frame_it(app: Flask) -> None:
    make_world(app, **ALLOWED)

    for name, page in open_all(app).items():
        assert read_framers(page) == f"{GROUP} http://localhost:9000", name
        assert "X-Frame-Options" not in page.headers, name
        assert "default-src 'none'" in page.headers["Content-Security-Policy"], name
        assert "unsafe" not in page.headers["Content-Security-Policy"], name


def test_nobody_may_where_the_campaign_names_nobody(app: Flask) -> None:
    make_world(app)

    for name, page in open_all(app).items():
        assert read_framers(page) == "'none'", name
        assert page.headers["X-Frame-Options"] == "DENY", name


def test_another_campaigns_websites_may_not(app: Flask) -> None:
    make_world(app, **ALLOWED)

    for path in ("/embed/no-such", "/embed/no-such/map", "/embed/%00", "/embed/"):
        page = open_page(app, path)
        assert page.status_code == 404
        assert read_framers(page) == "'none'" and page.headers["X-Frame-Options"] == "DENY"


def test_no_other_page_may_be_framed_even_by_them(app: Flask) -> None:
    make_world(app, **ALLOWED)

    for path in ("/", CAMPAIGN, f"{CAMPAIGN}/thanks", f"{CAMPAIGN}/map/ma", f"{CAMPAIGN}/embed"):
        page = open_page(app, path)
        assert read_framers(page) == "'none'" and page.headers["X-Frame-Options"] == "DENY", path


def test_no_answer_sets_a_cookie_and_every_page_is_whole(app: Flask) -> None:
    make_world(app, **ALLOWED)

    for name, page in open_all(app).items():
        assert "Set-Cookie" not in page.headers, name
        assert "Cookie" not in page.headers.get("Vary", ""), name
        if page.status_code in (302, 303):
            continue
        assert page.text.count("<h1") == 1 and page.text.count("<main") == 1, name
        assert " style=" not in page.text and not re.search(r"\son[a-z]+=", page.text), name
        assert not re.search(r"<script(?! src=\"/static/)", page.text), name
        assert 'class="framed"' in page.text and "by Hundredth" in page.text, name


def test_links_out_of_the_frame_open_beside_the_website(app: Flask) -> None:
    make_world(app, **ALLOWED).count(12)

    for name, page in open_all(app).items():
        for tag in re.findall(r'<a [^>]*href="/(?!embed/)[^>]*>', page.text):
            assert 'target="_blank"' in tag, (name, tag)


def test_the_frame_shows_the_form_and_how_far_it_is(app: Flask) -> None:
    make_world(app, **ALLOWED).count(63)

    page = open_page(app, EMBED)

    words = read_words(page)
    assert "63 people have signed." in words and "63 of the next 100" in words
    assert f'<form id="typed-form" action="{EMBED_SIGN}" method="post"' in page.text
    assert f"{CAMPAIGN}/map" in list_links(page)


@pytest.mark.parametrize("people", [0, 1, 9])
def test_a_count_under_ten_is_never_told_apart(app: Flask, people: int) -> None:
    world = make_world(app, **ALLOWED)
    paths = (EMBED, f"{EMBED}/map", f"{EMBED}/map/ma/county")
    before = [read_words(open_page(app, path)) for path in paths]
    if people:
        world.count(people)

    after = [read_words(open_page(app, path)) for path in paths]

    def cut(pages: list[str]) -> list[str]:
        return [page.partition("Counted")[0] for page in pages]

    assert cut(after) == cut(before)


def test_a_form_in_the_frame_signs_and_is_thanked_in_the_frame(app: Flask) -> None:
    make_world(app, **ALLOWED)

    answer = sign(app, path=EMBED_SIGN, headers=OURS)

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{EMBED}/thanks?near=")
    assert count_signatures(app) == 1
    assert "Thank you" in read_words(open_page(app, answer.headers["Location"]))


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": GROUP, "Sec-Fetch-Site": "cross-site"},
        {"Origin": GROUP},  # a browser that says no more
        {"Origin": "null"},  # a sandboxed frame
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://other.petition.example", "Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", [EMBED_SIGN, f"{CAMPAIGN}/signatures"])
def test_a_websites_own_page_signs_nobody_not_even_an_allowed_one(
    app: Flask, headers: dict[str, str], path: str
) -> None:
    make_world(app, **ALLOWED)

    answer = sign(app, path=path, headers=headers)

    assert answer.status_code == 403
    assert count_signatures(app) == 0


def test_wrong_answers_are_told_in_the_frame_and_nothing_typed_is_lost(app: Flask) -> None:
    make_world(app, **ALLOWED)

    answer = sign(app, fill_form(1) | {"email": "nonsense"}, EMBED_SIGN, OURS)

    assert answer.status_code == 422
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'value="nonsense"' in answer.text and 'value="Example1"' in answer.text
    assert f'action="{EMBED_SIGN}"' in answer.text
    assert "One answer needs your attention" in answer.text


def test_what_was_typed_is_printed_and_never_read_as_markup(app: Flask) -> None:
    title = "<script>\"&'</script>"
    make_world(app, title=title, organization=title, **ALLOWED)
    typed = {"given_name": '"><script>', "email": "'\"><img>"}

    pages = [
        open_page(app, EMBED),
        open_page(app, f"{EMBED}/thanks"),
        open_page(app, f"{EMBED}/map/ma/county"),
        open_page(app, f"{CAMPAIGN}/embed"),
        sign(app, typed, EMBED_SIGN, OURS),
    ]

    for page in pages:
        assert "<script>" not in page.text and "<img>" not in page.text


def test_a_street_that_must_be_asked_for_is_asked_in_the_frame(street_app: Flask) -> None:
    lay_town(street_app, ["sldl"], **ALLOWED)

    asked = sign(street_app, fill_form(1), EMBED_SIGN, OURS)
    address = asked.headers["Location"]
    question = open_page(street_app, address)
    wrong = street_app.test_client().post(address, data={})
    answered = street_app.test_client().post(address, data={"street_address": WEST})

    assert address.startswith(f"{EMBED}/address/")
    assert "which street do you live on?" in read_words(question)
    (thanks,) = (link for link in list_links(question) if f"{EMBED}/thanks" in link)
    assert wrong.status_code == 422
    assert answered.status_code == 303
    # The one says that a street was given, the other that the question was left.
    led = answered.headers["Location"]
    assert led != thanks and led.partition("=")[0] == thanks.partition("=")[0]
    for page in (question, wrong, answered):
        assert read_framers(page).startswith(GROUP)
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"


def test_a_closed_campaign_says_so_in_the_frame(app: Flask) -> None:
    make_world(app, state="closed", **ALLOWED)

    page = open_page(app, EMBED)
    answer = sign(app, path=EMBED_SIGN, headers=OURS)

    assert "This campaign is closed" in read_words(page) and "<form" not in page.text
    assert answer.status_code == 403 and "This campaign is closed" in read_words(answer)


def test_one_network_signs_no_more_often_through_a_frame(make_app: Callable[..., Flask]) -> None:
    app = make_app(PETITION_SIGN_LIMIT="1 per minute")
    make_world(app, **ALLOWED)

    sign(app, path=f"{CAMPAIGN}/signatures")
    answer = sign(app, fill_form(2), EMBED_SIGN, OURS)

    assert answer.status_code == 429
    assert read_framers(answer).startswith(GROUP)
    assert 'class="framed"' in answer.text and 'href="/"' not in read_main(answer)


def read_main(page: TestResponse) -> str:
    return page.text.partition("<main")[2].partition("</main>")[0]


def test_while_the_database_is_away_the_frame_says_that_nothing_was_stored(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_world(app, **ALLOWED)
    open_page(app, EMBED)
    with app.app_context():
        engine = db.engine

    def refuse(*args: object, **kwargs: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("database is locked"))

    monkeypatch.setattr(engine, "connect", refuse)
    answer = sign(app, path=EMBED_SIGN, headers=OURS)

    assert answer.status_code == 503
    assert read_framers(answer).startswith(GROUP)
    assert "Nothing was stored" in answer.text


def test_other_websites_may_load_the_script_and_nothing_else(app: Flask) -> None:
    for name, allowed in {
        "embed.js": "cross-origin",
        "frame.js": "same-origin",
        "map.js": "same-origin",
        "hundredth.css": "same-origin",
        "leaflet/leaflet.js": "same-origin",
    }.items():
        answer = open_page(app, f"/static/{name}")
        assert answer.status_code == 200
        assert answer.headers["Cross-Origin-Resource-Policy"] == allowed, name
    assert open_page(app, "/static/embed.js").headers["Cache-Control"] == "public, max-age=3600"


def test_the_help_page_has_the_lines_to_paste_and_the_websites(app: Flask) -> None:
    make_world(app, title="Say “yes” & <sign>", **ALLOWED)

    page = open_page(app, f"{CAMPAIGN}/embed")

    shown = [
        unescape(code)
        for code in re.findall(r'<code class="share-link"[^>]*>(.+?)</code>', page.text, re.S)
    ]
    assert shown[0] == (
        f'<div data-hundredth="{SLUG}"><a href="https://petition.example{CAMPAIGN}">'
        "Say “yes” &amp; &lt;sign&gt;</a></div>\n"
        '<script src="https://petition.example/static/embed.js" async></script>'
    )
    assert 'data-show="map"' in shown[1]
    assert shown[2].startswith(f'<iframe src="https://petition.example{EMBED}" title="Say “yes”')
    assert GROUP in read_words(page)


def test_the_help_page_says_whom_to_ask_where_nobody_may(app: Flask) -> None:
    make_world(app, organization_email="hello@group.example")

    page = open_page(app, f"{CAMPAIGN}/embed")

    assert "None yet." in read_words(page)
    assert "mailto:hello@group.example" in list_links(page)


def test_the_form_in_the_frame_asks_what_the_campaigns_page_asks(app: Flask) -> None:
    make_world(app, **ALLOWED)

    def list_fields(page: TestResponse) -> list[str]:
        return re.findall(r'<(?:input|textarea|select)[^>]* name="([^"]+)"', page.text)

    asked = set(list_fields(open_page(app, CAMPAIGN))) - set(list_fields(look_up(app)))

    assert asked - set(list_fields(open_page(app, EMBED))) == set()


def test_a_dark_frame_has_the_colors_of_the_dark_pages(app: Flask) -> None:
    def read_tokens(name: str, selector: str) -> list[str]:
        sheet = open_page(app, f"/static/{name}").text
        block = re.search(re.escape(selector) + r"\s*\{(.*?)\}", sheet, re.S)
        assert block
        return re.findall(r"--[a-z-]+:[^;]+", block[1])

    pages = read_tokens("hundredth.css", ":root:not([data-scheme=light])")

    assert len(pages) > 15
    assert read_tokens("embed.css", ":root[data-scheme=dark]") == pages


@pytest.mark.parametrize(("chosen", "said"), [("", "light"), ("dark", "dark"), ("blue", "light")])
def test_every_link_and_form_in_the_frame_keeps_its_scheme(
    app: Flask, chosen: str, said: str
) -> None:
    make_world(app, layers=["county", "sldl"], **ALLOWED).count(12)
    query = f"?scheme={chosen}" if chosen else ""

    moved = open_page(app, f"{EMBED}/map{query}")
    assert ("scheme=dark" in moved.headers["Location"]) is (said == "dark")
    for path in (EMBED, f"{EMBED}/map/ma/county"):
        page = open_page(app, f"{path}{query}")
        assert f'data-scheme="{said}"' in page.text, path
        assert f'content="{said}"' in page.text, path
        for address in re.findall(r'(?:href|action)="(/embed/[^"]+)"', page.text):
            assert ("scheme=dark" in address) is (said == "dark"), address
    signed = sign(app, path=f"{EMBED_SIGN}{query}", headers=OURS)
    assert ("scheme=dark" in signed.headers["Location"]) is (said == "dark")


def test_the_answers_after_signing_keep_the_scheme(app: Flask) -> None:
    make_world(app, **ALLOWED)

    signed = sign(app, path=f"{EMBED_SIGN}?scheme=dark", headers=OURS)
    thanks = open_page(app, signed.headers["Location"])

    actions = re.findall(r'action="(/embed/[^"]+)"', thanks.text)
    assert 'data-scheme="dark"' in thanks.text
    assert actions and all("scheme=dark" in action for action in actions)
