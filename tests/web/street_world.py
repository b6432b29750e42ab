"""A state with a line through the middle of a ZIP code, and a geocoder that knows two streets.

  West District     |     East District
1 West Street     02139     1 East Street
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask
from shapely import box, to_wkb
from sqlalchemy import select
from werkzeug.test import TestResponse

from petition.boundaries.boundary_sets import NewDistrict, make_set, store_set
from petition.boundaries.postal_areas import index_postal_codes
from petition.core.errors import AddressNotFound, GeocoderUnavailable
from petition.core.extensions import db, transaction
from petition.geocoding import Address, Geocoder, Location, Precision
from petition.models import Campaign, District, Official, Placement, PostRole, Signature, Term
from petition.redistricting.activation import activate
from tests.factories import make_campaign, make_person, make_post, make_signature
from tests.ground import SLUG, fill_form
from tests.redistricting.world import work
from tests.web.public_world import SIGN

# Of counties, as the Census numbers them: the ZIP is of the western one.
COUNTIES = {"west": "25017", "whole": "25017", "east": "25025"}
LINE = -71.1042  # of the ZIP's point
AREAS = {"west": (-73.5, LINE), "east": (LINE, -69.5)}
WEST, EAST = "1 West Street", "1 East Street"
POINTS = {WEST: -72.0, EAST: -70.5}
NOWHERE, AWAY = "1 Nowhere Lane", "1 Away Lane"
HOLDERS = {"west": "Ada Mariner", "east": None}


class Streets(Geocoder):
    """A geocoder of the real protocol that knows two streets, and one that it cannot be asked."""

    name = "streets"

    def locate(self, address: Address) -> Location:
        if address.street_address == AWAY:
            raise GeocoderUnavailable("away")
        longitude = POINTS.get(address.street_address)
        if longitude is None:
            raise AddressNotFound("unknown")
        return Location(42.0, longitude, Precision.ROOFTOP, "streets", "MA", address.postal_code)


@dataclass(frozen=True)
class Town:
    """A campaign that counts by districts which the ZIP code leaves open."""

    app: Flask
    campaign_id: int

    def sign(self, number: int = 1, **typed: str) -> TestResponse:
        """Send the sign form of one person."""
        return self.app.test_client().post(SIGN, data=fill_form(number) | typed)

    def put(self, street: str = "", **person: str) -> int:
        """Let one more person of that street sign, and do all that is due; return the id."""
        with self.app.app_context():
            with transaction() as session:
                campaign = session.get_one(Campaign, self.campaign_id)
                who = make_person(street_address=street, **person)
                signature_id = make_signature(session, campaign, person=who).id
            work(self.campaign_id)
            return signature_id

    def work(self) -> None:
        """Do what the workers do."""
        with self.app.app_context():
            work(self.campaign_id)

    def read(self, signature_id: int | None = None) -> Signature:
        """Return one signature, or the only one."""
        with self.app.app_context():
            query = select(Signature)
            if signature_id is not None:
                query = query.where(Signature.id == signature_id)
            return db.session.scalars(query).one()

    def find(self, name: str, layer: str = "sldl") -> int:
        """Return the id of the district in force."""
        with self.app.app_context():
            return db.session.scalars(
                select(District.id).where(
                    District.in_force,
                    District.layer == layer,
                    District.division_id.endswith(f":{name}"),
                )
            ).one()

    def list_places(self, signature_id: int) -> list[tuple[str, str, str]]:
        """Return (layer, district, how it was found) of a signature."""
        with self.app.app_context():
            rows = db.session.execute(
                select(Placement.layer, District.name, Placement.found_by)
                .join(District, District.id == Placement.district_id)
                .where(Placement.signature_id == signature_id)
                .order_by(Placement.layer)
            )
            return [(row.layer, row.name, row.found_by) for row in rows]


def store_areas(
    areas: dict[str, tuple[float, float]], source: str, layer: str = "sldl", **dates: Any
) -> int:
    """Store such a boundary set with its ZIP codes; return its id."""
    districts = [
        NewDistrict(
            geoid=COUNTIES[name] if layer == "county" else f"250{number:02}",
            division_id=f"ocd-division/country:us/state:ma/{layer}:{name}",
            name=f"{name.title()} District",
            state="MA",
            wkb=to_wkb(box(west, 41.0, east, 43.0)),
        )
        for number, (name, (west, east)) in enumerate(areas.items(), start=1)
    ]
    with transaction() as session:
        new = make_set(layer, "ma", source, districts, **dates)
        stored, _ = store_set(session, new, actor="test")
        index_postal_codes(session, stored.id)
        return stored.id


def lay_town(app: Flask, layers: Sequence[str] = ("sldl",), **changes: Any) -> Town:
    """Put the districts of each layer in force, with seats; the eastern are vacant."""
    with app.app_context():
        for layer in layers:
            activate(store_areas(AREAS, "test", layer))
        with transaction() as session:
            for layer in layers:
                for name, holder in HOLDERS.items():
                    _seat(session, layer, name, holder)
            values = {"slug": SLUG, "step": 10, "layers": list(layers)} | changes
            return Town(app, make_campaign(session, **values).id)


def _seat(session: Any, layer: str, name: str, holder: str | None) -> None:
    role, title = {
        "sldu": (PostRole.UPPER, "State Senator"),
        "sldl": (PostRole.LOWER, "State Representative"),
        "county": (PostRole.BOARD, "Board"),
        "cousub": (PostRole.BOARD, "Select Board"),
        "place": (PostRole.COUNCIL, "City Council"),
    }[layer]
    district = District(division_id=f"ocd-division/country:us/state:ma/{layer}:{name}", name=name)
    post = make_post(
        session, district, role=role, title=f"{title}, {name.title()} District", is_body=False
    )
    if holder is not None:
        official = Official(
            source_id=f"{layer}-{name}", name=holder, family_name=holder.split()[-1]
        )
        post.terms.append(Term(official=official))
        session.add(official)
