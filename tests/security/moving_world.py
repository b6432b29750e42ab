"""Seven counties beside one another, and people who go from one to the next by every road."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count

from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from petition.core.extensions import db, transaction
from petition.models import District, LedgerEntry, Milestone, Signature, Tally
from petition.models.counts.tally import CARRIED
from petition.models.states import ENDED
from petition.redistricting.activation import activate
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.factories import make_campaign, make_post
from tests.ground import fill_form
from tests.redistricting.world import name_division, send, store, work

# From west to east, each by a ZIP code in it.
COUNTIES = {
    "one": "01201",  # Pittsfield, -73.2
    "two": "01301",  # Greenfield, -72.6
    "three": "01608",  # Worcester, -71.8
    "four": "01701",  # Framingham, -71.4
    "five": "02139",  # Cambridge, -71.1
    "six": "02360",  # Plymouth, -70.7
    "seven": "02657",  # Provincetown, -70.2
}
EDGES = (-74.0, -73.0, -72.2, -71.6, -71.25, -70.9, -70.45, -69.5)
STREET = {"street_address": "1 Main Street"}
_slugs = count(1)


@dataclass
class Land:
    """A campaign that counts by these counties."""

    app: Flask
    campaign_id: int
    slug: str
    ids: dict[int, int] = field(default_factory=dict)

    def sign(self, person: int, county: str) -> None:
        """Let a person sign by the form."""
        form = fill_form(person) | STREET | {"postal_code": COUNTIES[county]}
        answer = self.app.test_client().post(f"/campaigns/{self.slug}/signatures", data=form)
        assert answer.status_code == 303
        with self.app.app_context():
            newest = select(func.max(Signature.id)).where(
                Signature.campaign_id == self.campaign_id, Signature.state.not_in(ENDED)
            )
            self.ids[person] = db.session.scalars(newest).one()

    def act(self, person: int, **form: str) -> TestResponse:
        """Send a form of the person's private page."""
        return self.app.test_client().post(self.find_page(person), data=form)

    def open(self, person: int) -> TestResponse:
        """Open the person's private page."""
        return self.app.test_client().get(self.find_page(person))

    def find_page(self, person: int) -> str:
        with self.app.app_context():
            return f"/signatures/{make_token(self.ids[person], LinkPurpose.STATUS)}"

    def move(self, person: int, county: str) -> TestResponse:
        """Give an address in another county."""
        return self.act(person, do="address", postal_code=COUNTIES[county], **STREET)

    def work(self) -> None:
        """Do all that is due, as the workers do, and send every letter."""
        with self.app.app_context():
            work(self.campaign_id)
            send(self.campaign_id)
            work(self.campaign_id)

    def read(self, person: int) -> Signature:
        """Return the person's signature."""
        with self.app.app_context():
            return db.session.get_one(Signature, self.ids[person])

    def count(self) -> dict[str, int]:
        """Return the live count of each county that has any."""
        with self.app.app_context():
            rows = db.session.execute(
                select(District.division_id, Tally.live)
                .join(District, District.id == Tally.district_id)
                .where(Tally.campaign_id == self.campaign_id, Tally.live > 0)
                .order_by(District.id)
            )
            return {division.rpartition(":")[2]: live for division, live in rows}

    def list_letters(self) -> list[str]:
        """Return the counties whose letters have gone, in order."""
        with self.app.app_context():
            rows = db.session.scalars(
                select(District.division_id)
                .join(Milestone, Milestone.district_id == District.id)
                .where(Milestone.campaign_id == self.campaign_id, Milestone.sealed_at.is_not(None))
                .order_by(Milestone.sealed_at)
            )
            return [division.rpartition(":")[2] for division in rows]

    def list_names(self, person: int) -> list[str]:
        """Return the counties whose letters name the person's signature."""
        with self.app.app_context():
            rows = db.session.scalars(
                select(District.division_id)
                .join(LedgerEntry, LedgerEntry.district_id == District.id)
                .join(Milestone, CARRIED & Milestone.sealed_at.is_not(None))
                .where(LedgerEntry.of(self.ids[person]))
            )
            return [division.rpartition(":")[2] for division in rows]


def lay_land(app: Flask, step: int = 10, **changes: object) -> Land:
    """Put the counties in force, each with a board, and open a campaign."""
    with app.app_context():
        west_east = dict(zip(COUNTIES, zip(EDGES, EDGES[1:], strict=False), strict=True))
        activate(store(west_east, "seven"))
        with transaction() as session:
            for name in COUNTIES:
                make_post(session, District(division_id=name_division(name), name=name))
        return open_campaign(app, step, **changes)


def open_campaign(app: Flask, step: int, **changes: object) -> Land:
    """Open another campaign in the same counties."""
    slug = f"moving-{next(_slugs)}"
    with app.app_context(), transaction() as session:
        campaign = make_campaign(session, slug=slug, step=step, **changes)
        return Land(app, campaign.id, slug)


def sign_all(land: Land, people: Iterable[int], county: str) -> None:
    """Let all of them sign there, and do all that is due."""
    for person in people:
        land.sign(person, county)
    land.work()
