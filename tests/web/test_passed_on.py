"""Addresses of campaigns as people pass them on, and those of forms, lead to the page."""

import re
from urllib.parse import quote

import pytest
from flask import Flask

from petition.core.extensions import transaction
from petition.models import Campaign
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.factories import make_signature
from tests.ground import SLUG, fill_form
from tests.web.public_world import CAMPAIGN, SIGN, count_signatures, make_world, open_page, sign

EMBED = CAMPAIGN.replace("campaigns", "embed")
LOST = "/signatures/lost"
STUCK = [
    "/",
    ".",
    ")",
    ">",
    ",",
    ";",
    "'",
    '"',
    "%20",
    " ",
    "\u201d",
    "\u00bb",
    "\u2026",
    "//",
    ").",
    '">',
]


@pytest.mark.parametrize("page", [CAMPAIGN, EMBED, f"{CAMPAIGN}/near", f"{CAMPAIGN}/map/ma/county"])
@pytest.mark.parametrize("stuck", STUCK)
def test_what_was_stuck_to_an_address_is_left_out(app: Flask, page: str, stuck: str) -> None:
    make_world(app)

    answer = open_page(app, f"{page}{quote(stuck, safe='%/')}?utm=a%20b&lang=es")

    assert answer.status_code == 308
    assert answer.headers["Location"] == f"{page}?utm=a%20b&lang=es"
    assert open_page(app, answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (CAMPAIGN.upper(), CAMPAIGN),
        (f"/campaigns/{SLUG.title()}", CAMPAIGN),
        (f"/Campaigns/{SLUG}", CAMPAIGN),
        (f"/EMBED/{SLUG.upper()}/", EMBED),
        (f"{CAMPAIGN.upper()}/NEAR.", f"{CAMPAIGN}/near"),
        (f"{CAMPAIGN}%20and%20sign%20it", CAMPAIGN),
        (f"{CAMPAIGN}%3Futm=1", CAMPAIGN),
        (f"{CAMPAIGN}%252E", CAMPAIGN),
        (f"{CAMPAIGN}%2520and", CAMPAIGN),
        (f"{CAMPAIGN}%252F%2522", CAMPAIGN),
        (f"{CAMPAIGN}%25E2%2580%259D", CAMPAIGN),
        (f"{CAMPAIGN}=3D", CAMPAIGN),
        (f"{CAMPAIGN[:-3]}%E2%80%8B{CAMPAIGN[-3:]}", CAMPAIGN),
        ("/campaigns/%EF%BD%93quare", CAMPAIGN),
        ("/campaigns%5Csquare%5Cnear", f"{CAMPAIGN}/near"),
        (f"{CAMPAIGN}%23sign", CAMPAIGN),
        (f"{CAMPAIGN}%3E,%20please", CAMPAIGN),
        (f"/campaigns/%20{SLUG}", CAMPAIGN),
        (f"{CAMPAIGN}/signatures/", SIGN),
    ],
)
def test_another_case_and_what_was_written_behind_lead_to_the_page(
    app: Flask, typed: str, meant: str
) -> None:
    make_world(app)

    answer = open_page(app, typed)

    assert (answer.status_code, answer.headers["Location"]) == (308, meant)


@pytest.mark.parametrize(
    "path",
    [
        "/campaigns/",
        "/campaigns",
        "/no-such-page/",
        "/campaigns//evil.example/x",
        "/campaigns/%5C%5Cevil.example",
        f"{CAMPAIGN}/no-such-page/",
        f"{CAMPAIGN}%0d%0aX-Odd:%20yes/x/y",
        "/campaigns/" + "a" * 5000 + "/",
        "/CONFIRM/TOKEN/",
    ],
)
def test_nothing_else_is_guessed_and_no_address_leads_elsewhere(app: Flask, path: str) -> None:
    make_world(app)

    answer = open_page(app, path)

    assert answer.status_code in (308, 404)
    assert re.fullmatch(r"/campaigns/[a-z0-9./-]+|", answer.headers.get("Location", ""))
    assert "X-Odd" not in answer.headers


def test_a_form_that_was_sent_to_another_case_is_taken(app: Flask) -> None:
    make_world(app)

    answer = sign(app, fill_form(1), f"{SIGN.upper()}/", follow_redirects=True)

    assert answer.status_code == 200 and count_signatures(app) == 1


def test_every_address_of_a_form_leads_back_to_its_page(app: Flask) -> None:
    world = make_world(app)
    with app.app_context(), transaction() as session:
        campaign = session.get_one(Campaign, world.campaign_id)
        signature_id = make_signature(session, campaign).id
    with app.app_context():
        token = make_token(signature_id, LinkPurpose.STATUS)
    status = f"/signatures/{token}"
    meant = {
        SIGN: CAMPAIGN,
        f"{CAMPAIGN}/homes": CAMPAIGN,
        f"{EMBED}/signatures": EMBED,
        f"{status}/choices": status,
        f"{status}/reachable": status,
        f"{status}/reply": status,
        f"{status}/consents/1": status,
    }

    for address, page in meant.items():
        answer = open_page(app, f"{address}?lang=es")

        assert (answer.status_code, answer.headers["Location"]) == (303, f"{page}?lang=es")
        assert open_page(app, page).status_code == 200


def test_no_public_form_has_an_address_without_a_page(app: Flask) -> None:
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if not rule.rule.startswith(("/staff", "/partner", "/api/"))
    ]
    shown = {rule.rule for rule in rules if "GET" in (rule.methods or ())}

    assert {rule.rule for rule in rules if "POST" in (rule.methods or ())} <= shown


def test_a_lost_link_is_mailed_where_the_browser_names_no_page(app: Flask) -> None:
    make_world(app)
    form = {"email": "ada@people.example"}

    for headers, status in (
        ({"Origin": "null"}, 303),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": ""}, 403),
    ):
        answer = app.test_client().post(LOST, data=form, headers=headers)

        assert answer.status_code == status, headers
    assert sign(app, headers={"Origin": "null"}).status_code == 403
