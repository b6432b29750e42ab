"""The notice about data, the accessibility statement, security.txt and what a page's foot links."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from petition.core.errors import ConfigurationError
from petition.core.settings import read_settings
from tests.conftest import ENVIRONMENT
from tests.web.public_world import CAMPAIGN, list_links, make_world, open_page, read_words

SITE = {
    "PETITION_CONTACT": "help@site.example",
    "PETITION_SOURCE_URL": "https://code.example/hundredth",
}


def test_the_notice_names_who_answers_for_a_campaigns_data(app: Flask) -> None:
    make_world(app, organization="Neighbors", organization_email="hello@neighbors.example")

    page = open_page(app, "/privacy?campaign=square")

    words = read_words(page)
    assert "Neighbors runs this campaign" in words and "hello@neighbors.example" in words
    assert "Your address is looked up here and sent to no other service." in words


def test_the_notice_says_which_services_are_asked_for_addresses(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(PETITION_GEOCODERS="census,zip")

    words = read_words(open_page(app, "/privacy"))

    assert "without your name: census." in words


def test_the_notice_of_a_campaign_that_is_not_there_is_not_found(app: Flask) -> None:
    assert open_page(app, "/privacy?campaign=nowhere").status_code == 404


def test_the_form_links_the_notice_beside_its_button(app: Flask) -> None:
    make_world(app)

    links = list(list_links(open_page(app, CAMPAIGN)))

    assert "/privacy?campaign=square" in links
    assert "/accessibility" in links


def test_each_page_links_the_source_and_the_contact(make_app: Callable[..., Flask]) -> None:
    app = make_app(**SITE)

    page = open_page(app, "/accessibility")

    assert 'href="https://code.example/hundredth"' in page.text
    assert page.text.count("mailto:help@site.example") == 2


def test_security_txt_says_where_weaknesses_are_told(make_app: Callable[..., Flask]) -> None:
    app = make_app(**SITE)

    answer = open_page(app, "/.well-known/security.txt")

    assert answer.content_type == "text/plain; charset=utf-8"
    told = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert told["Contact"] == "mailto:help@site.example"
    expires = datetime.fromisoformat(told["Expires"])
    assert timedelta(days=30) < expires - datetime.now(UTC) < timedelta(days=366)


def test_without_a_contact_there_is_no_security_txt(app: Flask) -> None:
    assert open_page(app, "/.well-known/security.txt").status_code == 404


@pytest.mark.parametrize(
    ("below", "header"),
    [("no", "max-age=63072000"), ("yes", "max-age=63072000; includeSubDomains")],
)
def test_sub_domains_are_held_to_https_where_that_is_said(
    make_app: Callable[..., Flask], below: str, header: str
) -> None:
    app = make_app(PETITION_PUBLIC_URL="https://petition.example", PETITION_HTTPS_BELOW=below)

    answer = open_page(app, "/healthz")

    assert answer.headers["Strict-Transport-Security"] == header


@pytest.mark.parametrize(
    "name, value",
    [
        ("PETITION_CONTACT", "nobody"),
        ("PETITION_SOURCE_URL", "ftp://code.example"),
        ("PETITION_HTTPS_BELOW", "maybe"),
    ],
)
def test_a_bad_value_stops_the_start_by_its_name(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        read_settings(ENVIRONMENT | {name: value})
