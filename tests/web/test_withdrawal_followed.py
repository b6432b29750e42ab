"""A withdrawal followed through every road by which an organization reaches people, as one story.

Ada allowed the riders both purposes and withdraws both; Grace, her neighbor, stays.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from petition.attention.waiting_list import list_attention
from petition.core.extensions import db, transaction
from petition.models import Campaign, RoleName
from petition.partners.consents.consent_places import place_consents
from petition.partners.consents.numbering import number_changes
from petition.partners.exports.export_requests import prepare_exports
from petition.partners.webhooks.endpoints import add_endpoint
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.core.callbacks.receiver import Receiver, answer
from tests.factories import make_base, make_campaign, make_offer, make_person, make_signature
from tests.ground import SLUG
from tests.partners.exports.world import read_csv
from tests.partners.lookups.near_world import BASE, HOME, allow
from tests.partners.relay.world import read_mails, send_all
from tests.partners.webhooks.world import ALL, HOOKED, tell
from tests.partners.webhooks.world import send_all as send_hooks
from tests.web.api.world import call, find_offer_id, make_api_token
from tests.web.staff_world import find_token, get, post
from tests.web.test_portals import enter_partner, make_member

PORTAL = "/partner/riders"
PEOPLE, EXPORTS, MESSAGES = (f"{PORTAL}/{page}" for page in ("people", "exports", "messages"))
PURPOSES = ("contact", "updates")
LATE = timedelta(hours=73)
CONFIRMED = "confirmed that it removed you"


class Story:
    """The riders, of whom one owner is signed in and one program calls; and the two signers."""

    def __init__(self, app: Flask, receiver: Receiver) -> None:
        self.app, self.receiver = app, receiver
        make_member(app, RoleName.OWNER)
        with app.app_context():
            with transaction() as session:
                campaign = make_campaign(session, slug=SLUG)
                for purpose in PURPOSES:
                    group = make_offer(session, campaign, purpose=purpose).organization_id
                make_base(session, group, BASE)
                self.campaign_id, self.group = campaign.id, group
            add_endpoint(group, receiver.url, ALL, "symmetric", actor="cli")
            self.ada, grace = self.sign("Ada"), self.sign("Grace")
            assert self.ada != grace
        self.token = make_api_token(app)
        self.browser = enter_partner(app)

    def sign(self, given_name: str) -> int:
        """Let somebody sign who allows the riders both; return the signature's id."""
        with transaction() as session:
            person = make_person(
                given_name=given_name, email=f"{given_name.lower()}@people.example"
            )
            campaign = session.get_one(Campaign, self.campaign_id)
            signature_id = make_signature(session, campaign, cell=HOME, person=person).id
            for purpose in PURPOSES:
                allow(self.campaign_id, signature_id, self.group, purpose)
        while place_consents():
            pass
        return signature_id

    def ask_for_list(self) -> str:
        """Ask for a list by the page, and let it be prepared; return its address."""
        token = find_token(get(self.browser, EXPORTS))
        asked = post(self.browser, EXPORTS, token, purpose="updates", format="csv")
        assert asked.status_code == 303, asked.text
        with self.app.app_context():
            while prepare_exports():
                pass
        return str(asked.headers["Location"])

    def download(self, page: str) -> list[dict[str, str]]:
        """Return the rows of the file."""
        token = find_token(get(self.browser, page))
        answer = post(self.browser, f"{page}/file", token)
        assert answer.status_code == 200, answer.text
        return read_csv(answer.data)

    def begin_message(self) -> str:
        """Write a message to everybody and send it: it waits for a worker. Return its address."""
        new = f"{MESSAGES}/new"
        typed = {"subject": "A ride", "body": "Come along."}
        page = post(self.browser, new, find_token(get(self.browser, new)), **typed)
        address = str(page.headers["Location"])
        shown = get(self.browser, address)
        seen = re.search(r'name="seen" value="([^"]+)"', shown.text)
        assert seen and "2 people would get it" in shown.text
        sent = post(self.browser, f"{address}/send", find_token(shown), seen=seen[1])
        assert sent.status_code == 303
        return address

    def read_private_page(self) -> str:
        """Return Ada's private page as text in one line."""
        with self.app.app_context():
            token = make_token(self.ada, LinkPurpose.STATUS)
        text = re.sub(r"<[^>]+>", " ", get(self.app.test_client(), f"/signatures/{token}").text)
        return re.sub(r"\s+", " ", text)

    def withdraw(self) -> None:
        """Withdraw both by Ada's private page."""
        with self.app.app_context():
            token = make_token(self.ada, LinkPurpose.STATUS)
        for purpose in PURPOSES:
            offer = find_offer_id(self.app, purpose=purpose)
            page = f"/signatures/{token}/consents/{offer}"
            assert post(self.app.test_client(), page, None, do="withdraw").status_code == 303

    def number(self) -> None:
        """Do what the worker of the stream does."""
        with self.app.app_context():
            while number_changes():
                pass

    def tell_receiver(self) -> list[dict[str, Any]]:
        """Do what the workers of webhooks do; return the events that arrived, oldest first."""
        with self.app.app_context():
            tell()
            send_hooks()
            db.session.remove()
        return sorted(
            (json.loads(one.body) for one in self.receiver.received),
            key=lambda event: event["data"]["number"],
        )

    def list_late(self) -> list[tuple[str, int]]:
        """Return what waits for staff of organizations that removed nobody."""
        with self.app.app_context():
            found = list_attention(db.session())
            return [(one.name, one.number) for one in found if one.name == "withdrawals"]


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app(**HOOKED)


@pytest.fixture
def story(app: Flask) -> Iterator[Story]:
    with Receiver(answer(204)) as receiver:
        yield Story(app, receiver)


@pytest.mark.both_databases
def test_a_withdrawal_is_followed_through(
    story: Story, make_later: Callable[[timedelta], None]
) -> None:
    # Before: found, taken in a list and by a program, and about to be written to.
    assert "Ada Example" in get(story.browser, PEOPLE).text
    taken = story.ask_for_list()
    assert {row["given_name"] for row in story.download(taken)} == {"Ada", "Grace"}
    assert len(call(story.app, "/people", story.token).json["items"]) == 2
    prepared = story.ask_for_list()
    message = story.begin_message()
    story.number()
    before = call(story.app, "/consents/changes", story.token).json
    assert (before["last"], before["items"][-1]["kind"]) == (4, "given")
    page = story.read_private_page()
    for words in (
        "Riders found you in a search.",
        "Riders downloaded a list with your data.",
        "Riders received your data in its own program.",
        "Riders wrote to you through this website.",
    ):
        assert words in page, words
    assert CONFIRMED not in page

    story.withdraw()

    # At once, by the same commit, from everything that is served.
    shown = get(story.browser, PEOPLE).text
    assert "Grace Example" in shown and "Ada" not in shown and "1 person within" in shown
    assert {row["given_name"] for row in story.download(prepared)} == {"Grace"}
    people = [call(story.app, f"/people?purpose={name}", story.token) for name in PURPOSES]
    assert [[one["given_name"] for one in page.json["items"]] for page in people] == [["Grace"]] * 2
    with story.app.app_context():
        send_all()
        assert [mail["To"].addresses[0].addr_spec for mail in read_mails()] == [
            "grace@people.example"
        ]
        db.session.remove()
    counts = get(story.browser, f"{message}/progress").json["counts"]
    assert (counts["sent"], counts["left"]) == (1, 1)

    # The receiver of the riders is told by number and purpose, and of nobody by name.
    events = story.tell_receiver()
    assert [(event["data"]["number"], event["type"]) for event in events] == [
        *((number, "consent.given") for number in range(1, 5)),
        (5, "consent.withdrawn"),
        (6, "consent.withdrawn"),
    ]
    assert not any("ada" in str(event).lower() for event in events)

    # The stream says it with a number, about the person whom the program and the list had.
    story.number()
    after = call(story.app, "/consents/changes?after=4", story.token).json
    assert [(one["number"], one["kind"]) for one in after["items"]] == [
        (5, "withdrawn"),
        (6, "withdrawn"),
    ]
    assert {one["purpose"] for one in after["items"]} == set(PURPOSES)
    for page in (EXPORTS, f"{PORTAL}/"):
        shown = get(story.browser, page).text
        assert "2 withdrawals since you took your list" in shown and "within 72 hours" in shown
    assert story.list_late() == []
    assert CONFIRMED not in story.read_private_page()

    # Nobody acknowledges it for 72 hours: a banner, an entry for staff, and no lists.
    make_later(LATE)
    story.browser = enter_partner(story.app)
    assert "New lists are locked." in get(story.browser, EXPORTS).text
    assert "New lists are locked until" in get(story.browser, f"{PORTAL}/").text
    assert story.list_late() == [("withdrawals", 1)]
    form = {"purpose": "updates", "format": "csv"}
    token = find_token(get(story.browser, EXPORTS))
    assert post(story.browser, EXPORTS, token, **form).status_code == 409
    acknowledge(story, 5, owed=1, locked=True)
    assert story.list_late() == [("withdrawals", 1)]

    # The program acknowledges it: unlocked, nothing waits, and Ada reads that it was confirmed.
    acknowledge(story, 6, owed=0, locked=False)
    assert story.list_late() == []
    shown = get(story.browser, EXPORTS).text
    assert "locked" not in shown and "since you took your list" not in shown
    assert "since you took your list" not in get(story.browser, f"{PORTAL}/").text
    assert {row["given_name"] for row in story.download(story.ask_for_list())} == {"Grace"}
    assert story.read_private_page().count(CONFIRMED) >= 3


def acknowledge(story: Story, number: int, *, owed: int, locked: bool) -> None:
    answer = call(story.app, "/consents/applied", story.token, json={"number": number})
    assert answer.json == {"applied": number, "owed": owed, "exports_locked": locked}


def test_no_page_of_the_portal_shows_who_withdrew(story: Story) -> None:
    story.ask_for_list()
    story.begin_message()
    story.withdraw()
    story.number()
    with story.app.app_context():
        send_all()
        db.session.remove()

    for page in list_pages(story.browser):
        assert "Ada" not in page and "ada@people.example" not in page


def list_pages(browser: FlaskClient) -> list[str]:
    paths = ("/", "/people", "/messages", "/messages/1", "/exports", "/exports/1", "/record")
    pages = [get(browser, PORTAL + path) for path in paths]
    assert {page.status_code for page in pages} == {200}
    return [page.text for page in pages]
