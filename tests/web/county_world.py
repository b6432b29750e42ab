"""Two counties of Virginia, in both of which the ZIP code 20111 lies, and a campaign by county.

Prince William County  |  Manassas Park
"""

from collections.abc import Sequence
from typing import Any

from flask import Flask
from shapely import box, to_wkb

from petition.boundaries.boundary_sets import NewDistrict, make_set, store_set
from petition.core.extensions import transaction
from petition.redistricting.activation import activate
from tests.factories import make_campaign
from tests.ground import SLUG
from tests.web.street_world import Town

SEVERAL, BOXES, MILITARY = "20111", "20108", "09012"
PRINCE_WILLIAM, MANASSAS_PARK = "county:51153", "county:51685"
COUNTIES = {
    "51153": ("Prince William County", "prince_william", (-77.9, -77.44)),
    "51685": ("Manassas Park", "manassas_park", (-77.44, -77.3)),
}


def lay_counties(app: Flask, layers: Sequence[str] = ("county",), **changes: Any) -> Town:
    """Put the counties in force, and open a campaign that counts by them."""
    districts = [
        NewDistrict(
            geoid=geoid,
            division_id=f"ocd-division/country:us/state:va/county:{name}",
            name=title,
            state="VA",
            wkb=to_wkb(box(west, 38.4, east, 39.0)),
        )
        for geoid, (title, name, (west, east)) in COUNTIES.items()
    ]
    with app.app_context():
        with transaction() as session:
            stored, _ = store_set(
                session, make_set("county", "us", "test", districts), actor="test"
            )
            set_id = stored.id
        activate(set_id)
        with transaction() as session:
            values = {"slug": SLUG, "step": 10, "layers": list(layers)} | changes
            return Town(app, make_campaign(session, **values).id)
