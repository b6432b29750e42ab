"""A real Chromium on the real service: what only a browser can say, on SQLite and loopback.

A page fails its test when it asks any other host for anything, or when the browser itself complains
of a script or of the policy.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)
from werkzeug.serving import make_server

from petition.geocoding.chain import REGISTRY
from tests.web.street_world import Streets

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# What Debian and others call it; scripts/system_needs.py has the same names.
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
# Milliseconds that a page may take, on a machine that does other things too: a proof of work is
# some seconds of its processor.
PATIENCE = 30_000


@dataclass
class Live:
    """The service as browsers reach it; the other website is told apart from it by its host."""

    app: Flask
    url: str
    website: str
    folder: Path

    def publish(self, name: str, body: str) -> str:
        """Put a plain page on the other website; return its address."""
        page = f'<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">{body}'
        (self.folder / name).write_text(page, "utf-8")
        return f"{self.website}/{name}"


class Visitor:
    """Somebody with fresh browsers; remembers what their pages asked for and complained of."""

    def __init__(self, browser: Browser, hosts: tuple[str, ...]) -> None:
        self.browser = browser
        self.hosts = (*hosts, "data:")
        self.contexts: list[BrowserContext] = []
        self.strange: list[str] = []
        self.complaints: list[str] = []

    def open(self, address: str, **options: Any) -> Page:
        """Open a page on a phone; ``options`` are Playwright's of a context."""
        context = self.browser.new_context(**({"viewport": PHONE} | options))
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", self._see_request)
        page.on("console", self._see_message)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(address)
        return page

    def expect_complaint(self, words: str) -> None:
        """Pass when the browser complained in such words; all such complaints are then settled."""
        assert any(words in complaint for complaint in self.complaints), self.complaints
        self.forgive(words)

    def forgive(self, words: str) -> None:
        """Settle all complaints in such words, where there are any."""
        self.complaints = [found for found in self.complaints if words not in found]

    def close(self) -> None:
        """End all browsers; raises AssertionError where a page did what it must not."""
        stored = [cookie for context in self.contexts for cookie in context.cookies()]
        for context in self.contexts:
            context.close()
        assert self.strange == []
        assert self.complaints == []
        assert stored == []

    def _see_request(self, request: Request) -> None:
        if not request.url.startswith(self.hosts):
            self.strange.append(request.url)

    def _see_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


class Quiet(SimpleHTTPRequestHandler):
    """A web server that keeps no log."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite alone: what a browser sees is the same on both."""
    path = tmp_path / "hundredth.sqlite3"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def environment(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The settings of the service, with a geocoder that knows two streets."""
    monkeypatch.setitem(REGISTRY, "streets", lambda settings: Streets())
    return environment | {"PETITION_GEOCODERS": "streets,zip"}


class Door:
    """The service's port, open for the whole run; each test puts its own app behind it."""

    app: Flask

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        return self.app(environ, start)


@pytest.fixture(scope="session")
def door() -> Iterator[tuple[Door, str]]:
    """The port and its address."""
    door = Door()
    server = make_server("127.0.0.1", 0, door, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield door, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def website(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The other website: its folder and its address."""
    folder = tmp_path_factory.mktemp("website")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    # Another site to a browser, and not only another port of ours.
    yield folder, f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def live(make_app: Callable[..., Flask], door: tuple[Door, str], website: tuple[Path, str]) -> Live:
    """The service on an empty database, and the other website."""
    opened, url = door
    opened.app = make_app(PETITION_PUBLIC_URL=url)
    return Live(opened.app, url, website[1], website[0])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all; skips where there is none."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no Chromium on the PATH: {', '.join(NAMES)}")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def visitor(browser: Browser, live: Live) -> Iterator[Visitor]:
    """A visitor of the service and of the other website, who may be sent nowhere else."""
    made = Visitor(browser, (live.url, live.website))
    yield made
    made.close()
