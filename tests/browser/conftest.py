"""A real Chromium on the real service: what only a browser can say, on SQLite and loopback.

A page fails its test when it asks any other host for anything, or when the browser itself complains
of a script or of the policy.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)
from werkzeug.serving import make_server

from tests.service import find_port

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
        page.set_default_timeout(10_000)
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
def geocoders() -> str:
    """What finds an address; a test of streets has one that knows streets."""
    return "zip"


@pytest.fixture
def live(make_app: Callable[..., Flask], tmp_path: Path, geocoders: str) -> Iterator[Live]:
    """The service and another website, each on a port of its own."""
    port = find_port()
    url = f"http://127.0.0.1:{port}"
    app = make_app(PETITION_PUBLIC_URL=url, PETITION_GEOCODERS=geocoders)
    service = make_server("127.0.0.1", port, app, threaded=True)
    folder = tmp_path / "website"
    folder.mkdir()
    website = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    servers = (service, website)
    for server in servers:
        Thread(target=server.serve_forever, daemon=True).start()
    # Another site to a browser, and not only another port of ours.
    yield Live(app, url, f"http://localhost:{website.server_port}", folder)
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all; skips where there is none."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no Chromium on the PATH: {', '.join(NAMES)}")
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
