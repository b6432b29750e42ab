"""The way to share after signing: which link, with which words, by the signer's choice."""

import re
from html import unescape
from urllib.parse import unquote

import pytest
from flask import Flask

from petition.signing.link_tokens import LinkPurpose
from tests.ground import POSTAL_CODE
from tests.web.public_world import CAMPAIGN, DISTRICT, find_thanks, make_world, open_page
from tests.web.test_link_pages import make_link

HOST = "https://petition.example"
EMBED = CAMPAIGN.replace("/campaigns/", "/embed/")
NEUTRAL = "I signed this letter to our lawmakers. Will you?"


def read_ways(text: str) -> list[tuple[str, str]]:
    """Return the words and the link of each way to share, in order."""
    found = re.findall(r'data-share-text="([^"]*)" data-share-url="([^"]*)"', text)
    return [(unescape(words), link) for words, link in found]


def read_checked(text: str) -> list[str]:
    return re.findall(r'<input type="radio" id="(share-\w+)" name="share-way" checked>', text)


@pytest.mark.parametrize("path", [CAMPAIGN, EMBED])
def test_the_district_comes_first_where_its_number_is_told(app: Flask, path: str) -> None:
    make_world(app).count(63)

    text = open_page(app, find_thanks(app, path, POSTAL_CODE)).text

    (near, near_link), (whole, link) = read_ways(text)
    assert "37 more from Middlesex County" in near and near_link == HOST + DISTRICT
    assert (whole, link) == (NEUTRAL, HOST + CAMPAIGN)
    assert read_checked(text) == ["share-near"]
    assert "It tells roughly where you live." in text


def test_where_no_number_is_told_the_letter_comes_first(app: Flask) -> None:
    make_world(app).count(7)

    text = open_page(app, find_thanks(app, CAMPAIGN, POSTAL_CODE)).text

    (near, near_link), (whole, link) = read_ways(text)
    assert near == "I signed this letter in Middlesex County. Will you sign too?"
    assert near_link == HOST + DISTRICT
    assert (whole, link) == (NEUTRAL, HOST + CAMPAIGN)
    assert read_checked(text) == ["share-all"]


def test_without_a_known_district_there_is_nothing_to_choose(app: Flask) -> None:
    make_world(app).count(63)

    text = open_page(app, find_thanks(app)).text

    assert read_ways(text) == [(NEUTRAL, HOST + CAMPAIGN)]
    assert "share-choice" not in text


def test_each_way_is_the_same_by_text_message_whatsapp_and_e_mail(app: Flask) -> None:
    make_world(app).count(63)

    text = open_page(app, find_thanks(app, CAMPAIGN, POSTAL_CODE)).text

    sent = [
        unquote(unescape(link))
        for link in re.findall(r'href="((?:sms|https://wa|mailto)[^"]*)', text)
    ]
    ways = read_ways(text)
    assert len(sent) == 6
    for number, link in enumerate(sent):
        words, address = ways[number // 3]
        assert link.endswith(f"{words}\n{address}")


def test_no_page_of_a_signer_loads_the_districts_picture(app: Flask) -> None:
    make_world(app, confirm_email=True).count(63)
    thanks = open_page(app, find_thanks(app, CAMPAIGN, POSTAL_CODE))
    link = make_link(app, LinkPurpose.CONFIRM)
    app.test_client().post(link)
    confirmed = open_page(app, link)

    for page in (thanks, confirmed):
        assert len(read_ways(page.text)) == 2
        assert "preview.png" not in page.text
