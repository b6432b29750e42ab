"""The map on somebody's tiles: asked for where an operator has set their host, and nowhere else."""

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, Live, Visitor
from tests.browser.test_map import MAP, lay_map

# One grey pixel.
TILE = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)
PATH = re.compile(r"/tiles/\d+/\d+/\d+\.png")
SHOWN = "img.leaflet-tile-loaded"
LOAD = """address => new Promise(done => {
    const picture = new Image();
    picture.onload = () => done("shown");
    picture.onerror = () => done("refused");
    picture.src = address;
})"""
REFUSED = "violates the following Content Security Policy directive"


@dataclass
class Tiles:
    """A host of tiles, and who asked it for what."""

    url: str
    asked: list[tuple[str, str | None]] = field(default_factory=list)


@pytest.fixture(scope="module")
def host() -> Iterator[Tiles]:
    """A host of tiles that is none of ours."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tiles.asked.append((self.path, self.headers["Referer"]))
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(TILE)

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tiles = Tiles(f"http://localhost:{server.server_port}")
    Thread(target=server.serve_forever, daemon=True).start()
    yield tiles
    server.shutdown()
    server.server_close()


@pytest.fixture
def tiles(host: Tiles) -> Tiles:
    """The host, which nobody has asked for anything yet."""
    host.asked.clear()
    return host


@pytest.fixture
def environment(environment: dict[str, str], tiles: Tiles) -> dict[str, str]:
    """The settings with a host of tiles, and words that are markup elsewhere."""
    return environment | {
        "PETITION_TILE_URL": f"{tiles.url}/tiles/{{z}}/{{x}}/{{y}}.png",
        "PETITION_TILE_ATTRIBUTION": "© <b>Tiles</b> & Company",
    }


def test_the_districts_lie_on_the_tiles_of_the_host_that_is_set(
    live: Live, visitor: Visitor, tiles: Tiles
) -> None:
    lay_map(live)
    visitor.hosts += (tiles.url,)

    page = visitor.open(live.url + MAP, viewport=DESK)
    chart = page.locator(".leaflet-container")
    expect(chart.locator(SHOWN).first).to_be_visible()

    expect(chart.get_by_role("link", name="East District: 20 signatures")).to_be_visible()
    expect(chart.get_by_text("© <b>Tiles</b> & Company")).to_be_visible()
    strange = [path for path, _ in tiles.asked if not PATH.fullmatch(path)]
    assert strange == []
    # It learns our host, and no page of it.
    assert {referer for _, referer in tiles.asked} == {f"{live.url}/"}


def test_a_page_with_tiles_may_ask_no_third_host_for_a_picture(
    live: Live, visitor: Visitor, tiles: Tiles
) -> None:
    lay_map(live)
    visitor.hosts += (tiles.url,)

    page = visitor.open(live.url + MAP)
    expect(page.locator(SHOWN).first).to_be_visible()

    assert page.evaluate(LOAD, f"{tiles.url}/tiles/1/1/1.png") == "shown"
    assert page.evaluate(LOAD, f"{live.website}/picture.png") == "refused"
    visitor.expect_complaint(REFUSED)


def test_tiles_are_asked_for_on_no_other_page_and_not_without_a_script(
    live: Live, visitor: Visitor, tiles: Tiles
) -> None:
    lay_map(live)
    visitor.hosts += (tiles.url,)

    page = visitor.open(live.url + MAP, java_script_enabled=False)
    expect(page.locator("svg.map").first).to_be_visible()
    page = visitor.open("about:blank")
    for path in ("/campaigns/finer", "/embed/finer/map/ma/sldl", "/campaigns/finer/embed"):
        page.goto(live.url + path)
        assert page.evaluate(LOAD, f"{tiles.url}/tiles/1/1/1.png") == "refused"
        visitor.expect_complaint(REFUSED)

    assert tiles.asked == []


def test_a_host_of_tiles_that_is_away_takes_nothing_from_the_map(
    live: Live, visitor: Visitor, tiles: Tiles
) -> None:
    lay_map(live)
    visitor.hosts += (tiles.url,)

    page = visitor.open("about:blank", viewport=DESK)
    page.route(f"{tiles.url}/**", lambda route: route.abort())
    page.goto(live.url + MAP)
    east = page.locator(".leaflet-container").get_by_role("link", name="East District")
    expect(east).to_be_visible()
    east.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("East District, MA")
    visitor.expect_complaint("ERR_FAILED")
