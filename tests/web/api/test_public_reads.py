"""What everyone's programs read: campaigns, counts, letters, organizations."""

import pytest
from flask import Flask

from tests.ground import GEOID, SLUG
from tests.web.api.world import call, make_organization
from tests.web.public_world import World, make_world

STEP = 2


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app, step=STEP)


def test_the_root_leads_to_everything(world: World) -> None:
    links = call(world.app, "/").json["links"]

    assert set(links) == {"campaigns", "openapi", "docs"}
    for link in links.values():
        assert world.app.test_client().get(link["href"]).status_code == 200


def test_a_campaign_shows_no_small_count(world: World) -> None:
    world.count(5)

    campaign = call(world.app, f"/campaigns/{SLUG}").json
    (district,) = call(world.app, f"/campaigns/{SLUG}/districts").json["items"]

    assert campaign["slug"] == SLUG and campaign["people"] is None
    assert district["people"] is None and district["geoid"] == GEOID
    assert [one["slug"] for one in call(world.app, "/campaigns").json["items"]] == [SLUG]


def test_counts_are_those_of_the_public_snapshot(world: World) -> None:
    world.count(40)

    district = call(world.app, f"/campaigns/{SLUG}/districts/county/{GEOID}").json

    assert (district["people"], district["reached"], district["next_at"]) == (40, 20, 42)
    assert call(world.app, f"/campaigns/{SLUG}").json["people"] == 40


def test_letters_come_page_by_page_without_names(world: World) -> None:
    codes = [world.send(milestone) for milestone in world.count(3 * STEP)]

    first = call(world.app, f"/campaigns/{SLUG}/letters?limit=2")
    last = world.app.test_client().get(first.json["next"])

    assert [one["code"] for one in first.json["items"]] == codes[:0:-1]
    assert first.headers["Link"] == f'<{first.json["next"]}>; rel="next"'
    assert [one["code"] for one in last.json["items"]] == codes[:1]
    assert last.json["next"] is None and "Link" not in last.headers
    letter = call(world.app, f"/letters/{codes[0]}").json
    assert letter["campaign"] == SLUG and len(letter["posted"][0]["sha256"]) == 64
    assert "names" not in letter["posted"][0]


def test_districts_come_page_by_page(world: World) -> None:
    page = call(world.app, f"/campaigns/{SLUG}/districts?limit=1&layer=county&state=MA").json

    assert len(page["items"]) == 1 and page["next"] is None
    after = f"/campaigns/{SLUG}/districts?after=county:{GEOID}"
    assert call(world.app, after).json == {"items": [], "next": None}


def test_organizations_are_listed_as_they_show_themselves(world: World) -> None:
    make_organization(world.app)

    (one,) = call(world.app, f"/campaigns/{SLUG}/organizations").json["items"]

    assert one == {"slug": "riders", "name": "Riders", "url": None, "locality": "", "about": ""}


def test_a_draft_is_unknown(app: Flask) -> None:
    world = make_world(app, state="draft")

    assert call(world.app, "/campaigns").json["items"] == []
    for path in ("", "/districts", "/letters", "/organizations"):
        assert call(world.app, f"/campaigns/{SLUG}{path}").status_code == 404


def test_whoever_has_an_answer_already_is_told_so(world: World) -> None:
    first = call(world.app, "/campaigns")

    again = call(world.app, "/campaigns", headers={"If-None-Match": first.headers["ETag"]})
    other = call(world.app, "/campaigns", headers={"If-None-Match": '"another"'})

    assert first.headers["ETag"].startswith('"') and "public" in first.headers["Cache-Control"]
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert other.status_code == 200


def test_scripts_of_other_websites_read_what_is_public_without_credentials(world: World) -> None:
    for path in ("/", "/campaigns", "/openapi.json", f"/campaigns/{SLUG}/nothing"):
        answer = call(world.app, path, headers={"Origin": "https://elsewhere.example"})
        opened = answer.headers.get("Access-Control-Allow-Origin")
        assert opened == ("*" if answer.status_code == 200 else None), path
        assert "Access-Control-Allow-Credentials" not in answer.headers
    closed = call(world.app, "/organization", headers={"Origin": "https://elsewhere.example"})
    assert "Access-Control-Allow-Origin" not in closed.headers
    asked = call(world.app, "/campaigns", method="OPTIONS")
    assert asked.status_code == 204
    assert set(asked.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_no_answer_sets_a_cookie(world: World) -> None:
    for path in ("/", "/campaigns", "/docs", "/openapi.json", "/nothing"):
        answer = call(world.app, path, headers={"Cookie": "__Secure-hundredth=x"})
        assert "Set-Cookie" not in answer.headers
