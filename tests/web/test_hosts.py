"""The names that the service answers to, and those that it does not."""

from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from petition.core.errors import ConfigurationError
from petition.web.hosts import HostGate
from tests.ground import SLUG

NAMES = "www.petition.example,192.0.2.7,[2001:db8::7]"


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app(PETITION_PUBLIC_URL="https://petition.example", PETITION_TRUSTED_HOSTS=NAMES)


@pytest.mark.parametrize(
    "host",
    [
        "petition.example",
        "Petition.Example.",
        "petition.example:8000",
        "www.petition.example",
        "localhost:8000",
        "127.0.0.1",
        "[::1]:8000",
        "192.0.2.7",
        "[2001:db8::7]",
    ],
)
def test_our_own_names_are_answered(app: Flask, host: str) -> None:
    assert app.test_client().get("/static/none", headers={"Host": host}).status_code == 404


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "petition.example.evil.example",
        "evil.example/petition.example",
        "petition.example, evil.example",
        "petition.example@evil.example",
        "petition.example:80:80",
        "a" * 64 + ".example",
        "a..b",
        ".petition.example",
        "petition.example..",
        "x" * 5000,
        "пример.example",
    ],
)
def test_another_name_is_refused_before_anything_looks_at_the_address(
    app: Flask, host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = f"//campaigns/{SLUG}/signatures-secret"

    answer = app.test_client().get(path, headers={"Host": host.encode().decode("latin-1")})

    assert answer.status_code == 400
    assert answer.content_type == "text/plain"
    assert host not in answer.text or not host
    assert "Location" not in answer.headers
    logged = capsys.readouterr()
    assert "secret" not in logged.out + logged.err


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
@pytest.mark.parametrize("host", ["10.0.0.9:8000", "a" * 64, "a..b"])
def test_a_balancer_asks_by_any_name(make_app: Callable[..., Flask], path: str, host: str) -> None:
    app = make_app(PETITION_METRICS_TOKEN="only-for-tests-9f3c1a")
    headers = {"Host": host, "Authorization": "Bearer only-for-tests-9f3c1a"}

    assert app.test_client().get(path, headers=headers).status_code in (200, 503)


@given(st.text(st.characters(max_codepoint=255), max_size=80))
def test_only_names_that_are_ours_pass(host: str) -> None:
    passed: list[str] = []

    def page(environ: dict[str, str], start_response: object) -> list[bytes]:
        passed.append(environ["HTTP_HOST"])
        return []

    HostGate(page, ["ours.example"])({"HTTP_HOST": host, "PATH_INFO": "/"}, lambda *_: None)

    for name in passed:
        assert name.lower().partition(":")[0].removesuffix(".") == "ours.example"


@pytest.mark.parametrize("names", ["https://www.example.org", "*.example.org", "a b", "a:80"])
def test_a_name_that_is_none_stops_the_start(make_app: Callable[..., Flask], names: str) -> None:
    with pytest.raises(ConfigurationError, match="PETITION_TRUSTED_HOSTS"):
        make_app(PETITION_TRUSTED_HOSTS=names)
