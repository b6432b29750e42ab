"""``petition api call``: a first call against a running installation, and what it says is wrong."""

import threading
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from werkzeug.serving import make_server

from petition.cli.api import TOKEN, api
from petition.partners.tokens.token_store import revoke_token
from tests.service import find_port
from tests.web.api.world import find_organization_id, make_api_token, make_organization
from tests.web.public_world import make_world

# Threads serve it.
pytestmark = pytest.mark.both_databases


@pytest.fixture
def running(app: Flask) -> Iterator[str]:
    """The address of the app, served over HTTP."""
    make_world(app)
    make_organization(app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def call(base: str, token: str | None = None, typed: str = "") -> Result:
    runner = CliRunner()
    return runner.invoke(api, ["call", base], env={TOKEN: token}, input=typed)


def test_it_shows_campaigns_the_organization_and_the_limit(app: Flask, running: str) -> None:
    done = call(running, make_api_token(app, "riders", "campaigns:read", "people:read"))

    assert done.exit_code == 0, done.output
    assert "square" in done.output
    assert "The token is of Riders; it allows campaigns:read, people:read." in done.output
    assert "requests are left by this token in the next" in done.output
    assert f"{running}/api/v1/docs" in done.output


def test_without_a_token_it_shows_what_is_public(running: str) -> None:
    done = call(running, typed="\n")

    assert done.exit_code == 0 and "square" in done.output
    assert "requests are left by this network" in done.output and "token is of" not in done.output


def test_a_typed_token_is_not_shown(app: Flask, running: str) -> None:
    token = make_api_token(app)

    done = call(f"{running}/api/v1/", typed=f"{token}\n")

    assert done.exit_code == 0 and "The token is of Riders" in done.output
    assert token not in done.output


def test_each_problem_is_said_in_words(app: Flask, running: str) -> None:
    revoked = make_api_token(app)
    with app.app_context():
        revoke_token(find_organization_id("riders"), 1, actor="test")
    said = {
        "unknown": call(running, "hdt_" + "A" * 43),
        "revoked": call(running, revoked),
        "scope": call(running, make_api_token(app, "riders", "people:read")),
    }

    for which, done in said.items():
        assert done.exit_code == 1, which
        assert "hdt_" not in done.output
    assert "not known, has expired or was revoked" in said["unknown"].output
    assert said["revoked"].output == said["unknown"].output
    assert "not made for campaigns:read" in said["scope"].output
    app.extensions["hundredth-api-quota"].quota = 0
    assert "Wait" in call(running, make_api_token(app)).output


def test_an_address_that_is_none_or_not_of_the_api_is_told(running: str) -> None:
    wrong = {
        "petition.example": "BASE is an address",
        "ftp://127.0.0.1": "BASE is an address",
        "http://petition.example": "Use https",
        "http://a:b@127.0.0.1": "no password",
        f"http://127.0.0.1:{find_port()}": "does not answer",
        f"{running}/nothing": "answers 404, but not as this API does",
    }

    for base, words in wrong.items():
        done = call(base, "hdt_" + "A" * 43)
        assert done.exit_code == 1 and words in done.output, (base, done.output)


def test_a_token_that_could_be_none_is_not_sent(running: str) -> None:
    for token in ("a b", "h\u00e9", "a\nb"):
        done = call(running, token)
        assert done.exit_code == 1 and "This is no token" in done.output
