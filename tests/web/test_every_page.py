"""What holds for every public page: headers, no cookie, nothing inline, its weight, and words."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from petition.core.errors import DatabaseUnavailable
from petition.core.extensions import db
from tests.web.every_page import open_every_page
from tests.web.public_world import CAMPAIGN, SIGN, list_links, make_world, open_page, sign

HEAVIEST = 100_000  # bytes, all that a first visit fetches
# A page may name a file of ours to run once it is whole, and nothing else.
OWN_SCRIPT = re.compile(r'<script src="/static/[a-z/-]+\.js\?v=[0-9a-f]+" defer></script>')


@pytest.fixture
def pages(app: Flask) -> dict[str, TestResponse]:
    """Every public page there is, good and bad, by what it is."""
    return open_every_page(app)


@pytest.fixture(scope="module")
def kept_pages() -> dict[str, dict[str, TestResponse]]:
    """The pages that a test of this file has opened, by the kind of database."""
    return {}


@pytest.fixture
def seen_pages(
    request: pytest.FixtureRequest,
    database_url: str,
    kept_pages: dict[str, dict[str, TestResponse]],
) -> dict[str, TestResponse]:
    """The same, for who only reads what they said: opened once on each kind of database."""
    kind = database_url.split(":")[0]
    if kind not in kept_pages:
        kept_pages[kind] = open_every_page(request.getfixturevalue("app"))
    return kept_pages[kind]


def test_every_page_sends_the_security_headers_and_no_cookie(
    seen_pages: dict[str, TestResponse],
) -> None:
    for name, page in seen_pages.items():
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy, name
        assert "frame-ancestors 'none'" in policy and "form-action 'self'" in policy, name
        assert page.headers["X-Content-Type-Options"] == "nosniff", name
        assert page.headers["X-Frame-Options"] == "DENY", name
        assert page.headers["Referrer-Policy"] in ("same-origin", "no-referrer"), name
        assert "camera=()" in page.headers["Permissions-Policy"], name
        assert page.headers["Strict-Transport-Security"].startswith("max-age="), name
        assert "Set-Cookie" not in page.headers, name
        assert "Cookie" not in page.headers.get("Vary", ""), name


def test_hsts_is_sent_only_where_the_service_has_https(make_app: Callable[..., Flask]) -> None:
    app = make_app(PETITION_PUBLIC_URL="http://petition.example")

    assert "Strict-Transport-Security" not in open_page(app, "/").headers


def test_every_page_is_whole_without_a_script_and_within_the_policy(
    seen_pages: dict[str, TestResponse],
) -> None:
    for name, page in seen_pages.items():
        if page.location:
            continue
        assert "<script" not in OWN_SCRIPT.sub("", page.text), name
        assert " style=" not in page.text, name
        assert not re.search(r"\son[a-z]+=", page.text), name
        assert "javascript:" not in page.text, name
        assert page.text.count("<h1") == 1 and page.text.count("<main") == 1, name
        assert '<html lang="en"' in page.text and 'name="viewport"' in page.text, name
        ids = re.findall(r'\sid="([^"]+)"', page.text)
        assert len(ids) == len(set(ids)), name
        assert "!" not in re.sub(r"<[^>]*>", "", page.text), name


def test_every_field_has_a_label_of_its_own(seen_pages: dict[str, TestResponse]) -> None:
    for name, page in seen_pages.items():
        for tag in re.findall(r"<(?:input|textarea|select)\b[^>]*>", page.text):
            if 'type="hidden"' in tag:
                continue
            found = re.search(r'\sid="([^"]+)"', tag)
            assert found and f'<label for="{found[1]}"' in page.text, (name, tag)


def test_every_link_between_the_pages_leads_somewhere(
    app: Flask, pages: dict[str, TestResponse]
) -> None:
    leading = {}
    for name, page in pages.items():
        for link in list_links(page):
            if link.startswith("/"):
                leading[link] = name
            elif link.startswith("#"):
                assert f'id="{link[1:]}"' in page.text, (name, link)
    for link, name in leading.items():
        assert open_page(app, link).status_code in (200, 302), (name, link)


def test_a_first_visit_weighs_less_than_a_hundred_kilobytes(
    app: Flask, pages: dict[str, TestResponse]
) -> None:
    fonts = Path(app.static_folder or "") / "fonts"
    always = ("sans-400-latin.", "sans-600-latin.", "serif-400-latin.")
    weight = sum(file.stat().st_size for file in fonts.iterdir() if file.name.startswith(always))
    sheet = next(link for link in list_links(pages["campaign"]) if ".css" in link)
    weight += len(open_page(app, sheet).data) + len(pages["campaign"].data)
    for script in OWN_SCRIPT.findall(pages["campaign"].text):
        weight += len(open_page(app, script.split('"')[1]).data)

    assert weight < HEAVIEST


def test_browsers_keep_static_files_for_good_by_their_digest(
    app: Flask, pages: dict[str, TestResponse]
) -> None:
    for link in list_links(pages["home"]):
        if link.startswith("/static/"):
            assert "immutable" in open_page(app, link).headers["Cache-Control"]
            plain = open_page(app, link.partition("?")[0])
            assert plain.headers["Cache-Control"] == "public, max-age=3600"


def test_a_missing_static_file_is_a_page_that_is_not_kept(app: Flask) -> None:
    answer = open_page(app, "/static/none.css?v=1")

    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_database_that_is_away_is_503_and_says_that_nothing_was_stored(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_world(app)

    def refuse(*args: object, **kwargs: object) -> None:
        raise DatabaseUnavailable("canary words of an engine")

    monkeypatch.setattr("petition.web.public.sign.sign.store_signature", refuse)
    monkeypatch.setattr("petition.web.public.pages.campaigns.find_campaign", refuse)

    for answer in (sign(app), open_page(app, CAMPAIGN)):
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "Nothing was stored" in answer.text
        assert "canary" not in answer.text


@pytest.mark.own_database
@pytest.mark.parametrize("broken", ["signatures", "campaigns"])
def test_a_database_that_fails_otherwise_tells_no_secret(
    make_app: Callable[..., Flask], capfd: pytest.CaptureFixture[str], broken: str
) -> None:
    app = make_app()  # here and not before, so that its log is what capfd reads
    make_world(app)
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {broken} RENAME TO away")

    answer = sign(app)

    assert answer.status_code in (500, 503)
    assert "Example1" not in answer.text and "Traceback" not in answer.text
    assert "SELECT" not in answer.text and "away" not in answer.text
    log = capfd.readouterr().err
    assert "web." in log
    assert "Example1" not in log and "person-1@" not in log


def test_a_failure_nobody_foresaw_is_logged_by_its_place_and_shown_without_its_words(
    make_app: Callable[..., Flask],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    app = make_app()
    make_world(app)

    def break_down(*args: object, **kwargs: object) -> None:
        raise RuntimeError("canary words")

    monkeypatch.setattr("petition.web.public.pages.campaigns.read_total", break_down)

    answer = open_page(app, CAMPAIGN)

    assert answer.status_code == 500
    assert "on our side" in answer.text and "canary" not in answer.text
    log = capfd.readouterr().err
    assert "RuntimeError" in log and "break_down" in log and "canary" not in log


def test_an_error_is_json_only_for_who_takes_nothing_else(app: Flask) -> None:
    for accept, is_json in {
        "application/json": True,
        "application/json, text/plain;q=0.5": True,
        "text/html,application/json": False,
        "text/html": False,
        "*/*": False,
        "": False,
        "nonsense;;;q=x": False,
    }.items():
        answer = open_page(app, "/no-such-page", Accept=accept)

        assert answer.status_code == 404
        assert answer.is_json == is_json, accept
        if is_json:
            assert answer.json is not None
            assert answer.json["error"]["code"] == "not-found"


def test_no_personal_value_gets_into_logs_addresses_redis_or_error_pages(
    make_app: Callable[..., Flask], capfd: pytest.CaptureFixture[str]
) -> None:
    app = make_app()
    make_world(app, confirm_email=True)
    names = "given_name family_name street_address locality comment".split()
    canaries = {name: f"Canary{name.replace('_', '')}" for name in names}
    form = canaries | {"email": "canary.mail@people.example", "postal_code": "02139"}

    answers = [
        sign(app, form),
        sign(app, form),
        sign(app, form, "/campaigns/no-such/signatures"),
        sign(app, form, headers={"Sec-Fetch-Site": "cross-site"}),
        sign(app, form, headers={"Accept": "application/json"}, content_type="text/plain"),
        app.test_client().put(SIGN, data=form),
    ]

    seen = capfd.readouterr().err
    seen += "".join(answer.text + str(answer.headers) for answer in answers)
    redis = app.extensions["hundredth-queues"].redis
    for key in redis.keys("*"):
        seen += repr(key) + repr(redis.dump(key))
    for canary in (*canaries.values(), "canary.mail", "127.0.0.1"):
        assert canary not in seen
