"""FAULT 7: payloads in what campaigns, groups and rosters say, and in what a form shows again.

Each page is opened twice, with harmless words and with a hundred payloads in every text at once:
it must be built of the same elements, and say the payloads as they are.
"""

from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default

import pytest
from flask import Flask
from flask.ctx import AppContext
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from petition.campaigns.lifecycle import create_campaign
from petition.campaigns.problem_codes import DefinitionRefused
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.letters.merge import find_merge_problem
from petition.mail import clean_header, make_address, render_message
from petition.models import (
    Campaign,
    District,
    MailKind,
    Organization,
    Post,
    Signature,
    SignatureState,
)
from petition.notifications.composition import MailAddressee, compose
from petition.partners.organizations import OrganizationForm, join_campaign, save_organization
from petition.redistricting.activation import activate
from petition.signing.link_tokens import LinkPurpose, make_token
from petition.signing.location_questions import make_question
from tests.factories import edit_signed, make_person, make_signature
from tests.ground import POSTAL_CODE, SLUG
from tests.letters.test_payloads import PAYLOADS
from tests.notifications.conftest import read_part
from tests.security.hostile import ALL, MARKDOWN, Seen
from tests.security.test_markup import check_mail, list_headers
from tests.web.public_world import CAMPAIGN, DISTRICT, make_world, open_page
from tests.web.staff_world import enter, find_token, get, post
from tests.web.street_world import AREAS, store_areas

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # reads no row
EMBED = f"/embed/{SLUG}"
STEP = 12
PLAIN = ("title", "summary", "organization", "bill_number", "bill_title", "video_title")
FILLED = ("letter", "issues", "opening", "closing", "topic", "message")
FIXED = {"bill_url": "https://bill.example", "video_url": "https://video.example/1", "step": STEP}
PATHS = ("/", CAMPAIGN, f"{CAMPAIGN}/thanks", f"{CAMPAIGN}/near", DISTRICT)
PATHS += (f"{CAMPAIGN}/near?postal_code={POSTAL_CODE}", f"{CAMPAIGN}/map/ma/county")
PATHS += (f"{CAMPAIGN}/embed", EMBED, f"{EMBED}/thanks", f"{EMBED}/map/ma/county")


def lay_world(app: Flask) -> list[str]:
    """Lay a campaign with a group and a letter that went; return what shows them."""
    texts = dict.fromkeys(PLAIN, "word") | dict.fromkeys(FILLED, "word")
    world = make_world(app, **texts, **FIXED)
    code = world.send(world.count(STEP)[0])
    with app.app_context():
        save_organization(OrganizationForm("open-gov", "word", "https://a.example", "word", "word"))
        join_campaign("open-gov", SLUG, {"email": "word"})
        with transaction() as session:
            campaign = session.get_one(Campaign, world.campaign_id)
            ended = {"state": SignatureState.WITHDRAWN, "ended_at": utcnow()}
            ids = [make_signature(session, campaign, **changes).id for changes in ({}, ended)]
        counted = db.session.scalars(select(Signature.id).order_by(Signature.id)).first()
        links = [
            f"/signatures/{make_token(one, LinkPurpose.STATUS)}" for one in (counted or 0, *ids)
        ]
        links.append(f"/confirm/{make_token(ids[0], LinkPurpose.CONFIRM)}")
        links.append(f"/unsubscribe/{make_token(ids[0], LinkPurpose.UNSUBSCRIBE)}")
    return [*PATHS, f"/letters/{code}", *links]


def say(words: str, filled: str) -> None:
    """Say the words in every text of the campaign, its group, its district and its board.

    - ``filled``: in the texts that take merge fields, where a campaign's file is read.
    """
    texts = dict.fromkeys(PLAIN, words) | dict.fromkeys(FILLED, filled)
    with transaction() as session:
        edit_signed(session, wording=words, **texts)
        session.execute(update(Organization).values(name=words, locality=words, about=words))
        session.execute(update(District).values(name=words))
        session.execute(update(Post).values(title=words))


def find_added(page: Seen, harmless: Seen) -> set[tuple[str, ...]]:
    """Return what a page is built of otherwise than with harmless words.

    - Markdown makes emphasis of two stars, which is what it is for.
    """
    return set((page.built - harmless.built) + (harmless.built - page.built)) - {("em",)}


def test_what_campaigns_groups_and_rosters_say_stays_text_on_every_page(app: Flask) -> None:
    paths = lay_world(app)
    browser, _ = enter(app)
    staff = ["/staff/deliveries", "/staff/deliveries/1"]
    with app.app_context():
        say("word", "\n\n".join("word" for _ in MARKDOWN.split("\n\n")))
    before = {path: Seen(open_page(app, path).text) for path in paths}
    before |= {path: Seen(get(browser, path).text) for path in staff}
    with app.app_context():
        say(ALL, MARKDOWN)

    after = {path: Seen(open_page(app, path).text) for path in paths}
    after |= {path: Seen(get(browser, path).text) for path in staff}

    for path, page in after.items():
        assert find_added(page, before[path]) == set(), path
        assert page.leads_astray() == [], path
        assert ALL in page.said or "/unsubscribe/" in path, path


@pytest.mark.parametrize("name", FILLED)
def test_an_expression_in_a_campaigns_file_is_refused(context: AppContext, name: str) -> None:
    least = {"slug": "odd", "title": "Odd", "letter": "Please.", "organization": "Odd"}
    for payload in (payload for payload in PAYLOADS if "{{" in payload):
        with pytest.raises(DefinitionRefused, match=f"^{name}: merge-field"):
            create_campaign(least | {name: payload}, find_merge_problem)


def type_everywhere(
    app: Flask, staff: FlaskClient, token: str, words: str
) -> Iterator[tuple[str, TestResponse]]:
    """Send each form with the words in every field, and yield the page that shows them again."""
    fields = ("given_name", "family_name", "email", "street_address", "locality", "region")
    fields += ("postal_code", "comment")
    with app.app_context(), transaction() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.slug == SLUG)).one()
        review = {"state": SignatureState.REVIEW, "review_reason": "needs-address"}
        person = make_person(street_address=words, locality=words, postal_code=words)
        waiting = make_signature(session, campaign, person=person, **review).id
        question = make_question(waiting, campaign.id, POSTAL_CODE)
    with app.app_context():
        private = make_token(waiting, LinkPurpose.STATUS)
    # Few fields at a time: a form that is too long is refused as a whole.
    place = dict.fromkeys(("street_address", "locality", "region", "postal_code"), words)
    browser = app.test_client()
    for path in (f"{CAMPAIGN}/signatures", f"{EMBED}/signatures"):
        for field in fields:
            if field not in ("postal_code", "region"):
                yield f"{path}, {field}", browser.post(path, data={field: words})
    yield f"{CAMPAIGN}/near", browser.post(f"{CAMPAIGN}/near", data=place)
    for path in (f"{CAMPAIGN}/address/{question}", f"{EMBED}/address/{question}"):
        yield path.rpartition("/")[0], browser.post(path, data=place)
    yield "private", browser.post(f"/signatures/{private}", data=place | {"do": "address"})
    yield "lost", browser.post("/signatures/lost", data={"email": words})
    yield "code", browser.get("/letters", query_string={"code": words})
    yield "zip", browser.get(f"{CAMPAIGN}/near", query_string={"postal_code": words})
    sign_in = find_token(get(browser, "/staff/login"))
    yield "sign in", post(browser, "/staff/login", sign_in, email=words)
    asked = {"campaign": words, "district": words, "state": words, "since": words}
    yield "log", get(staff, "/staff/deliveries", query_string=asked)
    yield "waiting", get(staff, f"/staff/review/{waiting}")
    yield "settle", post(staff, f"/staff/review/{waiting}", token, why=words + " " * 500)
    yield "cancel", post(staff, "/staff/deliveries/1/cancel", token, why=words)


def test_what_is_typed_wrongly_is_shown_again_as_text(street_app: Flask) -> None:
    make_world(street_app, layers=["county", "sldl"], step=STEP).count(STEP)
    with street_app.app_context():
        activate(store_areas(AREAS, "test", "sldl"))
    browser, token = enter(street_app)
    harmless, pages = (
        {name: Seen(page.text) for name, page in type_everywhere(street_app, browser, token, words)}
        for words in ("x" * len(ALL), ALL)
    )

    for name, page in pages.items():
        assert page.built == harmless[name].built, name
        assert page.leads_astray() == [], name
    # A ZIP, a code and what the log is searched for are cut.
    assert {name for name, page in pages.items() if ALL not in page.said} == {"zip", "code", "log"}


@ON_SQLITE
@pytest.mark.parametrize("kind", ["confirm", *MailKind])
def test_every_mail_says_payloads_as_they_are(context: AppContext, kind: str) -> None:
    harmless, hostile = (write_mail(kind, words) for words in ("x", ALL))

    page = Seen(read_part(hostile, "html"))
    assert page.built == Seen(read_part(harmless, "html")).built
    assert page.leads_astray() == []
    assert ALL in page.said and ALL in " ".join(read_part(hostile, "plain").split())


def test_no_payload_adds_a_header_or_an_address_to_a_mail() -> None:
    for payload in PAYLOADS:
        for words in (payload, f"\r\nBcc: evil@x.example, b@x.example\r\n\r\n{payload}\0"):
            mail = EmailMessage(policy=SMTP)
            mail["Subject"] = clean_header(words)
            mail["From"] = make_address(words, "letters@petition.example")
            mail["To"] = make_address(f"{words} {words}", "ada@people.example")
            raw = render_message(mail)

            assert list_headers(raw) == ["Subject", "From", "To"]
            read = message_from_bytes(raw, policy=default)
            assert [one.addr_spec for one in read["To"].addresses] == ["ada@people.example"]
            assert [one.domain for one in read["From"].addresses] == ["petition.example"]


def write_mail(kind: str, words: str) -> EmailMessage:
    """Return a mail as it is sent, whose every word from outside is ``words``."""
    person = make_person(given_name=words, family_name=words)
    told = dict.fromkeys(("district", "successor", "successor_organization"), words)
    told |= {"campaign_language": "en", "successor_language": "es"}
    told |= {"posts": [words], "days": 14, "total": 100, "letter_url": "https://a.example"}
    link = dict.fromkeys(("campaign", "organization", "name"), words)
    link |= {"signature_id": 1, "campaign_language": "es"}
    if kind == "link":
        told |= {"links": [link, link | {"ended": True}], "campaigns": 2}
    to = MailAddressee(1, person, words, words, reply_to="hello@group.example")
    return check_mail(render_message(compose(to, kind, 1, told)), several=kind == "link")
