"""The pages of accounts in tests: sending their forms, and reading what they show."""

import re

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts.world import PASSWORD
from tests.web.account_world import make_code
from tests.web.staff_world import find_token, get, post


def send(browser: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Open a page and send its form."""
    return post(browser, path, find_token(get(browser, path)), **fields)


def accept(app: Flask, browser: FlaskClient, link: str) -> TestResponse:
    """Accept an invitation with a new password."""
    return send(browser, link, password=PASSWORD, again=PASSWORD)


def read_key(page: TestResponse) -> str:
    """Return the key that the page for setting an app up shows."""
    found = re.search(r'class="key">([A-Z2-7 ]+)<', page.text)
    assert found
    return found[1]


def read_codes(page: TestResponse) -> list[str]:
    """Return the recovery codes that a page shows."""
    return re.findall(r"<li><code>([a-z2-7 ]+)</code>", page.text)


def set_up(browser: FlaskClient, path: str = "/staff/second-factor") -> list[str]:
    """Set an app up by the page; return the recovery codes."""
    page = get(browser, path)
    answer = post(browser, path, find_token(page), code=make_code(read_key(page)))
    assert answer.status_code == 200, answer.text
    return read_codes(answer)
