"""The websites that a campaign's file may name."""

from typing import Any

import pytest

from petition.campaigns.embed_origins import check_origins
from petition.core.errors import ImportRefused


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("https://group.example", "https://group.example"),
        ("HTTPS://WWW.Group.Example", "https://www.group.example"),
        ("https://group.example:8443", "https://group.example:8443"),
        ("https://group.example:443", "https://group.example"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1", "http://127.0.0.1"),
    ],
)
def test_an_origin_is_kept_as_browsers_write_it(typed: str, stored: str) -> None:
    assert check_origins([typed]) == [stored]


def test_a_website_that_is_named_twice_is_kept_once() -> None:
    assert check_origins(["https://a.example", "https://A.example:443"]) == ["https://a.example"]


@pytest.mark.parametrize(
    "value",
    [
        "group.example",
        "https://",
        "https://group.example/",
        "https://group.example/page",
        "https://group.example?x",
        "https://user@group.example",
        "https://*.group.example",
        "https://group.example https://other.example",
        "https://group.example; script-src *",
        "https://group.example\n",
        "https://bücher.example",
        "https://group.example:",
        "https://group.example:0",
        "https://group.example:123456",
        "http://group.example",
        "http://localhost.group.example",
        "ftp://group.example",
        "javascript://group.example",
        "'self'",
        "*",
        "",
        None,
        7,
    ],
)
def test_anything_else_is_refused_by_its_key(value: Any) -> None:
    with pytest.raises(ImportRefused, match="embed_origins: "):
        check_origins([value])


@pytest.mark.parametrize("found", ["https://group.example", {"a": 1}, None])
def test_only_a_list_is_taken(found: Any) -> None:
    with pytest.raises(ImportRefused, match="a list is expected"):
        check_origins(found)
