"""What a browser lets scripts of other websites do: read what is public, and nothing else."""

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.ground import GEOID, SLUG
from tests.web.api.world import API, call, make_api_token, make_organization
from tests.web.public_world import make_world

ORIGIN = "https://elsewhere.example"
PUBLIC = {
    "/",
    "/campaigns",
    "/campaigns/<slug>",
    "/campaigns/<slug>/districts",
    "/campaigns/<slug>/districts/<layer>/<geoid>",
    "/campaigns/<slug>/letters",
    "/campaigns/<slug>/organizations",
    "/letters/<code>",
    "/openapi.json",
}
VALUES = {"slug": SLUG, "layer": "county", "geoid": GEOID, "code": "AAAA", "number": "1"}


def list_rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(API)]


def spell(rule: Rule) -> tuple[str, str]:
    """Return the address of a rule as the document has it, and one with values in it."""
    named = "".join(part if not is_name else f"<{part}>" for is_name, part in rule._trace)
    named = named.partition("|")[2].removeprefix(API) or "/"
    path = named
    for name in rule.arguments:
        path = path.replace(f"<{name}>", VALUES[name])
    return named, path


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_before_each_request_a_browser_is_told_what_scripts_may(app: Flask, method: str) -> None:
    make_world(app)
    make_organization(app)
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization",
    }
    seen = {}

    for rule in list_rules(app):
        named, path = spell(rule)
        answer = call(app, path, method="OPTIONS", headers=asked)
        assert answer.status_code == 204 and answer.data == b"", named
        told = {name: value for name, value in answer.headers if name.startswith("Access-Control")}
        seen[named] = told

    opened = {named for named, told in seen.items() if told}
    assert opened == PUBLIC and len(seen) > len(PUBLIC)
    for named in opened:
        told = seen[named]
        assert told["Access-Control-Allow-Origin"] == "*"
        assert told["Access-Control-Allow-Methods"] == "GET, HEAD"
        assert "authorization" not in told["Access-Control-Allow-Headers"].lower()
        assert "Access-Control-Allow-Credentials" not in told


def test_no_answer_to_a_token_may_be_read_by_a_script_of_another_website(app: Flask) -> None:
    make_world(app)
    make_organization(app)
    token = make_api_token(app)

    for rule in list_rules(app):
        named, path = spell(rule)
        for method in rule.methods & {"GET", "POST"}:
            answer = call(app, path, token, method=method, headers={"Origin": ORIGIN})
            opened = answer.headers.get("Access-Control-Allow-Origin")
            assert opened == ("*" if named in PUBLIC else None), (method, named)


def test_what_a_script_has_already_is_not_sent_again(app: Flask) -> None:
    make_world(app)
    first = call(app, "/campaigns", headers={"Origin": ORIGIN})
    again = {"Origin": ORIGIN, "If-None-Match": first.headers["ETag"]}

    answer = call(app, "/campaigns", headers=again)

    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (304, "*")
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]


def test_an_organization_s_own_reads_have_an_etag_and_are_kept_by_no_cache(app: Flask) -> None:
    make_world(app)
    make_organization(app)
    token = make_api_token(app)
    first = call(app, "/organization", token)

    again = call(app, "/organization", token, headers={"If-None-Match": first.headers["ETag"]})

    assert first.status_code == 200 and first.headers["Cache-Control"] == "no-store"
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == "no-store" and "RateLimit" in again.headers
