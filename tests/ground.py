"""A small country to test on: one square county around a ZIP, in force, with a board."""

from shapely import box, to_wkb

from petition.boundaries.boundary_sets import NewDistrict, activate_set, make_set, store_set
from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import Layer
from tests.factories import make_campaign, make_district_post

POSTAL_CODE = "02139"  # Cambridge, Massachusetts
SLUG = "square"
GEOID = "25017"
# Invented people sign within a second, from one host, without a page: what is not about looking at
# their hundreds turns that off.
UNHELD = {
    f"PETITION_BRAKE_{look}": "off"
    for look in (
        "NETWORK_SHARE",
        "DOMAIN_SHARE",
        "QUICK_SHARE",
        "UNLOADED_SHARE",
        "ALIKE_SHARE",
        "LETTERS_A_DAY",
    )
}


def lay_ground(step: int = 100, **changes: object) -> tuple[int, int]:
    """Store the county, its board and an open campaign; return (campaign id, district id)."""
    square = NewDistrict(
        geoid=GEOID,
        division_id="ocd-division/country:us/state:ma/county:middlesex",
        name="Middlesex County",
        state="MA",
        wkb=to_wkb(box(-72.0, 42.0, -70.5, 43.0)),
    )
    with transaction() as session:
        stored, _ = store_set(session, make_set(Layer.COUNTY, "us", "test", [square]), actor="test")
        activate_set(session, stored, utcnow().date(), actor="test")
        district = make_district_post(session, stored.id)
        campaign = make_campaign(session, slug=SLUG, step=step, **changes)
        return campaign.id, district.id


def fill_form(number: int) -> dict[str, str]:
    """Return the form of one invented person; another number, another person."""
    return {
        "given_name": "Ada",
        "family_name": f"Example{number}",
        "email": f"person-{number}@people.example",
        "postal_code": POSTAL_CODE,
    }
