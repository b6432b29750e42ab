"""The websites that a campaign's file may name."""

from typing import Any

import pytest

from petition.campaigns.embed_origins import Origins
from petition.core.errors import Problem

ORIGINS = Origins(most=100)


def read(value: Any) -> tuple[list[str] | None, list[Problem]]:
    """Return the websites and what is wrong with them."""
    problems: list[Problem] = []
    return ORIGINS.read("embed_origins", value, problems), problems


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
    assert read([typed]) == ([stored], [])


def test_a_website_that_is_named_twice_is_kept_once() -> None:
    stored, _ = read(["https://a.example", "https://A.example:443"])

    assert stored == ["https://a.example"]


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
    stored, problems = read(["https://good.example", value])

    assert stored is None
    assert [problem.field for problem in problems] == ["embed_origins"]
    assert problems[0].code in ("not-origin", "insecure-origin")


@pytest.mark.parametrize("found", ["https://group.example", {"a": 1}, None])
def test_only_a_list_is_taken(found: Any) -> None:
    stored, problems = read(found)

    assert stored is None
    assert [problem.code for problem in problems] == ["wrong-type"]
    assert problems[0].params["expected"] == "list"
