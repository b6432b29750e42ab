"""Layers that leave parts of a state out: what a ZIP and the signer's word tell of them."""

import pytest
import shapely
from flask.ctx import AppContext

from petition.boundaries.active_sets import get_boundaries
from petition.boundaries.boundary_sets import NewDistrict, make_set, store_set
from petition.boundaries.postal_areas import index_postal_codes, read_areas
from petition.core.extensions import db, transaction
from petition.geocoding import Address
from petition.geocoding.zip_centroids import ZipGeocoder
from petition.locating.address_lookup import find_near
from petition.locating.district_matching import place_addresses
from petition.locating.layer_matches import match_address
from petition.locating.outcomes import Outcome
from petition.models.officials.district import ZCTA
from petition.postal.zip_places import load_postal_codes
from petition.redistricting.activation import activate

CODE = "02139"  # its point is at -71.1042, 42.3647
FAR, NEAR, OVER = (-73.5, -73.0), (-71.05, -70.9), (-71.5, -70.9)
GEOIDS = {"county": "25017", ZCTA: CODE}
AREA = (-71.12, -71.09)


def lay(layer: str, **areas: tuple[float, float]) -> None:
    """Put districts of a layer in force, each from one longitude to another."""
    with transaction() as session:
        districts = [
            NewDistrict(
                geoid=GEOIDS.get(layer, f"25{number:05}"),
                division_id=f"ocd-division/country:us/state:ma/{layer}:{name}",
                name=name.title(),
                state="MA",
                wkb=shapely.to_wkb(shapely.box(west, 41.0, east, 43.0)),
            )
            for number, (name, (west, east)) in enumerate(areas.items(), start=1)
        ]
        stored, _ = store_set(session, make_set(layer, "ma", "test", districts), actor="test")
        index_postal_codes(session, stored.id)
        set_id = stored.id
    if layer != ZCTA:
        activate(set_id)


def place(home: str = "", layers: tuple[str, ...] = ("place",), region: str = "") -> Outcome:
    """Return the outcome of the ZIP code alone."""
    session = db.session()
    address = Address("", "", region, CODE, home=home)
    boundaries, areas = get_boundaries(session), read_areas(session, [CODE])
    answers = ZipGeocoder().locate_many([address])
    return place_addresses([address], answers, [layers], boundaries, areas)[0]


@pytest.mark.parametrize("around", [FAR, NEAR], ids=["far", "near the point"])
def test_a_zip_whose_whole_area_lies_outside_is_skipped_unasked(
    context: AppContext, around: tuple[float, float]
) -> None:
    lay("county", whole=OVER)
    lay("place", town=around)
    lay(ZCTA, area=AREA)

    outcome = place(layers=("county", "place"))
    near = find_near(load_postal_codes()[CODE], ["county", "place"])

    assert (outcome.reason, outcome.skipped) == (None, {"place"})
    assert "place" not in near.untold and list(near.districts) == ["county"]


def test_a_point_alone_skips_nothing(context: AppContext) -> None:
    lay("county", whole=OVER)
    lay("place", town=FAR)

    outcome = place(layers=("county", "place"))

    assert (outcome.reason, outcome.skipped, outcome.candidates) == ("several-towns", set(), set())
    assert find_near(load_postal_codes()[CODE], ["county", "place"]).untold == {"place": []}


def test_an_area_that_reaches_into_a_town_is_asked(context: AppContext) -> None:
    lay("place", town=(-71.1, -70.9))
    lay(ZCTA, area=AREA)

    outcome = place()

    assert outcome.reason == "several-towns" and len(outcome.candidates) == 1


def test_another_state_than_that_of_the_zip_is_not_told_by_its_area(context: AppContext) -> None:
    lay("place", town=FAR)
    lay(ZCTA, area=AREA)

    assert place(region="NH").reason == "outside-state"


@pytest.mark.parametrize("layer", ["place", "cousub"])
def test_what_the_signer_says_skips_the_layer(context: AppContext, layer: str) -> None:
    lay("county", whole=OVER)
    lay(layer, town=NEAR)

    alone = place(f"{layer}:outside", (layer,))
    beside = place(f"{layer}:outside", ("county", layer))

    assert (alone.reason, alone.placements) == ("no-district", {})
    assert (beside.reason, list(beside.placements), beside.candidates) == (None, ["county"], set())


@pytest.mark.parametrize("home", ["county:outside", "sldl:outside", "place:inside", "place:"])
def test_nothing_else_is_skipped(context: AppContext, home: str) -> None:
    lay("place", town=NEAR)

    assert place(home).reason == "several-towns"


def test_who_names_the_county_alone_is_still_asked_for_the_city(context: AppContext) -> None:
    lay("cousub", west=(-71.5, -71.1), east=(-71.1, -70.9))
    lay("place", town=FAR)

    outcome = place("cousub:2500001", ("cousub", "place"))

    assert list(outcome.placements) == ["cousub"]
    assert outcome.reason == "several-towns"


def test_a_match_says_that_nothing_is_to_be_asked(context: AppContext) -> None:
    lay("place", town=FAR)
    lay(ZCTA, area=AREA)

    match = match_address(Address("", "", "", CODE), ["place"])["place"]

    assert (match.districts, match.decided_by, match.ask, match.candidates) == ([], None, None, [])
