"""FAULT 8: no number that organizations are told moves by what people do with others.

Two organizations work together. Before and after, they read all that they may: each page of the
portal, each filter, the audience of a message, lists, the stream and the people by the API.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from petition.accounts.role_grants import grant_role
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Campaign, Consent, ConsentPurpose, RoleName, Signature
from petition.partners.consents.consent_places import place_consents
from petition.partners.consents.numbering import number_changes
from petition.partners.exports.export_rows import select_exportable
from petition.partners.relay.audience import Audience, count_people
from petition.partners.relay.drafts import DraftForm, save_draft
from petition.partners.relay.sending import start_sending
from petition.signers.consents import end_consent
from tests.factories import make_base, make_campaign, make_offer, make_person, make_signature
from tests.ground import SLUG
from tests.partners.lookups.near_world import BASE, HOME, allow
from tests.partners.relay.world import send_all
from tests.web.account_world import find_user_id
from tests.web.api.world import call, find_offer_id, make_api_token
from tests.web.staff_world import get
from tests.web.test_portals import EMAIL, add_second_owner, enter_partner, make_member

ATTACKERS = ("riders", "walkers")
DAY = datetime.fromisoformat("2020-01-02T00:00:00+00:00")
WAITING = {"state": "pending", "confirmed_at": None, "proved_at": None, "due_at": None}
PAGES = (
    "",
    "people",
    "people?campaign=1",
    "people?since=2020-01-02",
    "people?comment=1",
    "messages",
    "messages/1",
    "messages/new",
    "exports",
    "api",
    "members",
    "organization",
)
CALLS = (
    "/organization",
    "/people?purpose=contact",
    "/people?purpose=updates",
    f"/people?campaign={SLUG}",
    "/consents/changes",
)
# What differs each time that a page is made.
ONCE = re.compile(r'name="(?:csrf_token|seen)"[^>]*value="[^"]*"|<time[^>]*>[^<]*</time>')


@dataclass
class Coalition:
    """Two organizations that attack and one that does not, and six people of theirs."""

    app: Flask
    groups: dict[str, int] = field(default_factory=dict)
    signers: list[int] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    user_id: int = 0

    def lay(self) -> None:
        with self.app.app_context():
            with transaction() as session:
                campaign = make_campaign(session, slug=SLUG, comments="all")
                for slug, purpose in product((*ATTACKERS, "readers"), ConsentPurpose):
                    offer = make_offer(session, campaign, slug=slug, purpose=purpose)
                    self.groups[slug] = offer.organization_id
                for group in self.groups.values():
                    make_base(session, group, BASE)
            for number in range(6):
                self.signers.append(self.sign(ATTACKERS[number % 2], words=number < 2))
            self.user_id = find_user_id(EMAIL)
            for slug in ATTACKERS:
                save_draft(self.groups[slug], self.user_id, DraftForm("A walk", "Come along."))
        self.tokens = {slug: make_api_token(self.app, slug) for slug in ATTACKERS}

    def sign(self, *slugs: str, words: bool = False, **values: Any) -> int:
        """Let somebody sign who allows these organizations both; return the signature."""
        with transaction() as session:
            campaign = session.get_one(Campaign, 1)
            person = values.pop("person", None) or make_person(comment="Please." if words else "")
            shown = {"publish_comment": words, "comment_state": "allowed" if words else None}
            signature = make_signature(
                session, campaign, cell=HOME, person=person, **(shown | values)
            )
            for slug, purpose in product(slugs, ConsentPurpose):
                allow(1, signature.id, self.groups[slug], purpose)
            found = signature.id
        self.settle()
        return found

    def settle(self) -> None:
        while place_consents() or number_changes():
            pass

    def read(self, browser: FlaskClient) -> dict[str, str]:
        """Return everything that both are told."""
        told = {}
        for slug in ATTACKERS:
            # Programs first: the page of tokens says that they were used.
            for path in CALLS:
                answer = call(self.app, path, self.tokens[slug])
                assert answer.status_code == 200, path
                told[f"{slug} {path}"] = answer.text
            for page in PAGES:
                number = 2 if (slug, page) == ("walkers", "messages/1") else 1
                path = f"/partner/{slug}/{page.replace('messages/1', f'messages/{number}')}"
                answer = get(browser, path)
                assert answer.status_code == 200, path
                told[path] = ONCE.sub("", answer.text)
        with self.app.app_context():
            told |= {name: str(number) for name, number in self.count()}
            db.session.remove()
        return told

    def count(self) -> Iterator[tuple[str, int]]:
        """Yield each number of a message's audience and of a list, by each filter."""
        days: tuple[datetime | None, ...] = (None, utcnow() - timedelta(days=1), DAY)
        for slug, purpose, campaign, since in product(ATTACKERS, ConsentPurpose, (None, 1), days):
            group, name = self.groups[slug], f"{slug} {purpose} {campaign} {since and since.date()}"
            yield (
                f"audience {name}",
                count_people(db.session(), Audience(group, purpose, campaign, since)),
            )
            rows = select_exportable(group, purpose, campaign, since).subquery()
            yield f"list {name}", db.session.scalar(select(func.count()).select_from(rows)) or 0


@pytest.fixture
def coalition(app: Flask) -> Coalition:
    make_member(app, RoleName.OWNER)
    made = Coalition(app)
    made.lay()
    add_second_owner(app)
    with app.app_context(), transaction() as session:
        where = {"organization_id": made.groups["walkers"]}
        grant_role(session, made.user_id, RoleName.OWNER, actor="cli", **where)
    return made


def sign_for_nobody(coalition: Coalition) -> None:
    coalition.sign(words=True)


def sign_for_another(coalition: Coalition) -> None:
    coalition.sign("readers", words=True)


def sign_unproved(coalition: Coalition) -> None:
    """Tick both attackers' boxes, with an address that nobody has proved."""
    coalition.sign(*ATTACKERS, words=True, seat=None, **WAITING)


def sign_with_a_known_address(coalition: Coalition) -> None:
    """Sign once more with the address of somebody who allowed the riders, and allow nobody."""
    person = db.session.get_one(Signature, coalition.signers[0]).person
    db.session.rollback()
    coalition.sign(person=person, seat=None, **WAITING)


def allow_and_leave_another(coalition: Coalition) -> None:
    """Somebody of the riders allows the readers too, and withdraws it."""
    group = coalition.groups["readers"]
    with transaction():
        allow(1, coalition.signers[0], group)
    coalition.settle()
    offer = find_offer_id(coalition.app, "readers", "contact")
    with transaction() as session:
        end_consent(session, coalition.signers[0], offer)
    coalition.settle()


def hear_from_another(coalition: Coalition) -> None:
    """The readers write to somebody of the riders' own, by a consent of their own."""
    group = coalition.groups["readers"]
    with transaction():
        allow(1, coalition.signers[0], group)
    coalition.settle()
    message = save_draft(group, coalition.user_id, DraftForm("Books", "We read on Sundays."))
    assert start_sending(group, coalition.user_id, message) == 1
    send_all()
    db.session.remove()


@pytest.mark.parametrize(
    "act",
    [
        sign_for_nobody,
        sign_for_another,
        sign_unproved,
        sign_with_a_known_address,
        allow_and_leave_another,
        hear_from_another,
    ],
)
def test_what_is_done_with_others_changes_nothing_that_they_are_told(
    coalition: Coalition, act: Callable[[Coalition], None]
) -> None:
    browser = enter_partner(coalition.app)
    before = coalition.read(browser)
    with coalition.app.app_context():
        act(coalition)

    after = coalition.read(browser)

    assert {name for name in before if before[name] != after[name]} == set()


def test_what_is_done_with_them_is_seen_by_the_one_alone(coalition: Coalition) -> None:
    """Without this the tests above could not fail."""
    browser = enter_partner(coalition.app)
    before = coalition.read(browser)
    with coalition.app.app_context():
        coalition.sign("riders", words=True)

    after = coalition.read(browser)

    changed = {name for name in before if before[name] != after[name]}
    assert not any("walkers" in name for name in changed)
    kinds = ("/people", "people?comment", "/messages", "/consents", "audience", "list")
    assert all(any(kind in name for name in changed) for kind in kinds), changed


def test_nothing_has_the_number_of_a_row(coalition: Coalition) -> None:
    """From two numbers of their own they would learn how many others there are in between."""
    far = 765_432_000
    with coalition.app.app_context():
        for number in range(51):
            with transaction() as session:
                signature = make_signature(
                    session, session.get_one(Campaign, 1), id=far + number, cell=HOME
                )
                for step, purpose in enumerate(ConsentPurpose):
                    offer = find_offer_id(coalition.app, "riders", purpose)
                    values = {"id": far + 1_000 + 2 * number + step, "given_at": utcnow()}
                    session.add(
                        Consent(
                            signature_id=signature.id,
                            offer_id=offer,
                            campaign_id=1,
                            organization_id=coalition.groups["riders"],
                            purpose=purpose,
                            source="form",
                            **values,
                        )
                    )
        coalition.settle()

    told = coalition.read(enter_partner(coalition.app))

    assert "after=" in told["/partner/riders/people"]
    assert {name for name, text in told.items() if "765432" in text or "765433" in text} == set()
