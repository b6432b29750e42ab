"""What the tests of the public pages share: a small world, its people, letters by the path."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from importlib.metadata import version
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from petition.campaigns.offer_sets import store_offer_set
from petition.core.clock import utcnow
from petition.core.extensions import db, get_settings, transaction
from petition.counting.ledger import count_batch
from petition.delivery.send import deliver
from petition.models import (
    Campaign,
    ConsentOffer,
    District,
    Milestone,
    Organization,
    Signature,
)
from petition.web.public.sign.thanks_address import name_thanks
from tests.factories import make_located, renew_counts
from tests.ground import GEOID, POSTAL_CODE, SLUG, fill_form, lay_ground
from tests.letter_store import LetterStore
from tests.stored_letters import store_milestone

CAMPAIGN = f"/campaigns/{SLUG}"
SIGN = f"{CAMPAIGN}/signatures"
DISTRICT = f"{CAMPAIGN}/districts/county/{GEOID}"


@dataclass(frozen=True)
class World:
    """A campaign in a country of one county."""

    app: Flask
    campaign_id: int
    district_id: int

    def count(self, people: int) -> list[int]:
        """Let so many more people of the county be counted; return the milestones it raised."""
        with self.app.app_context():
            with transaction() as session:
                campaign = session.get_one(Campaign, self.campaign_id)
                make_located(session, campaign, session.get_one(District, self.district_id), people)
            milestones = count_batch(self.campaign_id).milestones
            renew_counts()
            return milestones

    def send(self, milestone_id: int) -> str:
        """Make and deliver a milestone's letters; return its code."""
        with self.app.app_context():
            store = LetterStore(get_settings().letters_dir)
            for delivery_id in store_milestone(milestone_id, store):
                deliver(delivery_id, store.read)
            return db.session.scalars(
                select(Milestone.code).where(Milestone.id == milestone_id)
            ).one()


def make_world(app: Flask, **changes: Any) -> World:
    """Lay the ground; ``changes`` are the campaign's."""
    with app.app_context():
        return World(app, *lay_ground(**changes))


def open_page(app: Flask, path: str, **headers: str) -> TestResponse:
    """Open a page as somebody whom no page has met before."""
    return app.test_client().get(path, headers=headers)


def look_up(
    app: Flask, postal_code: str = POSTAL_CODE, path: str = CAMPAIGN, **typed: str
) -> TestResponse:
    """Look a ZIP code up on a campaign's page, or a street with it, and go where that leads."""
    form = {"postal_code": postal_code} | typed
    return app.test_client().post(f"{path}/near", data=form, follow_redirects=True)


def find_near(app: Flask, path: str = CAMPAIGN, postal_code: str = POSTAL_CODE) -> str:
    """Return where somebody is led who has looked a ZIP code up."""
    answer = app.test_client().post(f"{path}/near", data={"postal_code": postal_code})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def sign(
    app: Flask,
    form: Mapping[str, Any] | None = None,
    path: str = SIGN,
    headers: Mapping[str, str] | None = None,
    **options: Any,
) -> TestResponse:
    """Send the sign form."""
    answers = fill_form(1) if form is None else form
    return app.test_client().post(path, data=answers, headers=headers or {}, **options)


def find_thanks(app: Flask, path: str = CAMPAIGN, postal_code: str = "") -> str:
    """Return where somebody is led who has signed just now, at a campaign's or an embedded page."""
    way, slug = path.strip("/").split("/")
    endpoint = {"campaigns": "public.thanks", "embed": "embed.thanks"}[way]
    agent = {"User-Agent": f"Werkzeug/{version('werkzeug')}"}  # as the test client calls itself
    with app.test_request_context(headers=agent):
        return name_thanks(endpoint, slug, postal_code)


def add_offers(campaign_id: int, app: Flask) -> dict[str, int]:
    """Let two groups ask for a consent; return the ids of their offers by the groups' slugs."""
    offers = {}
    with app.app_context(), transaction() as session:
        for slug in ("open-streets", "quiet-skies"):
            organization = Organization(slug=slug, name=slug.replace("-", " ").title())
            session.add(organization)
            session.flush()
            offer = ConsentOffer(
                campaign_id=campaign_id,
                organization_id=organization.id,
                purpose="email",
                wording="May write to me.",
                created_at=utcnow(),
            )
            session.add(offer)
            session.flush()
            offers[slug] = offer.id
        store_offer_set(session.connection(), campaign_id)
    return offers


def count_signatures(app: Flask) -> int:
    """Return how many signatures are stored."""
    with app.app_context():
        return db.session.scalar(select(func.count(Signature.id))) or 0


def read_words(page: TestResponse) -> str:
    """Return the text of a page's main part as a person reads it."""
    main = page.text.partition("<main")[2].partition("</main>")[0].partition(">")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def read_answer(page: TestResponse) -> tuple[str, list[tuple[str, str]], str]:
    """Return all that an answer tells, byte for byte, with the length of what is sealed anew."""
    headers = [(name, mask_sealed(value)) for name, value in page.headers]
    return page.status, headers, mask_sealed(page.text)


def mask_sealed(said: str) -> str:
    """Return what an answer says with the length of each sealed part in place of it."""
    return re.sub(r"(?<=near=)[\w-]+", lambda found: str(len(found[0])), said)


def list_links(page: TestResponse) -> Iterator[str]:
    """Return where a page's links lead, in order."""
    return (unescape(found) for found in re.findall(r'href="([^"]*)"', page.text))
