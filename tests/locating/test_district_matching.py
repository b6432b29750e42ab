"""Placing by real ZIPs and real county polygons; a district's id is its GEOID as a number."""

import numpy as np
import pytest
import shapely

from petition.boundaries.polygons import Area, Boundaries, LayerBoundaries
from petition.boundaries.postal_areas import Areas, PostalShare
from petition.core.errors import AddressNotFound, GeocoderUnavailable, PetitionError
from petition.geocoding import Address, Location, Precision
from petition.geocoding.geocoder import AmbiguousAddress
from petition.geocoding.zip_centroids import ZipGeocoder
from petition.locating.district_matching import place_addresses
from petition.locating.outcomes import FoundBy, FoundDistrict, Outcome
from petition.models import Layer
from petition.postal.zip_counties import find_counties
from petition.postal.zip_places import known_postal_code, load_postal_codes

BOSTON = (42.3601, -71.0589)
PROVIDENCE = (41.8240, -71.4128)
ATLANTIC = (41.0, -69.0)

# Post office boxes and single firms of Massachusetts whose point lies in no polygon of it.
BY_THE_WATER = ("02123", "02204", "02206", "02217", "02283", "02284")


def place_zip(nation: Boundaries, postal_code: str, region: str = "") -> Outcome:
    place = known_postal_code(postal_code)
    address = Address("", "", region or (place.state if place else ""), postal_code)
    answers = ZipGeocoder().locate_many([address])
    return place_addresses([address], answers, [[Layer.COUNTY]], nation)[0]


def place_point(
    nation: Boundaries,
    answer: Location | PetitionError,
    layers: tuple[Layer, ...] = (Layer.COUNTY,),
    postal_code: str = "02139",
    street: str = "1 Main St",
    areas: Areas | None = None,
) -> Outcome:
    address = Address(street, "Boston", "MA", postal_code)
    return place_addresses([address], [answer], [layers], nation, areas)[0]


def at(
    point: tuple[float, float],
    precision: Precision = Precision.ROOFTOP,
    *,
    region: str = "",
    postal_code: str = "",
    county: str | None = None,
) -> Location:
    return Location(*point, precision, "test", region, postal_code, county)


@pytest.mark.parametrize(
    ("postal_code", "county"),
    [
        ("02139", 25017),  # Cambridge: Middlesex County, MA
        ("02139-4307", 25017),
        ("10001", 36061),  # Manhattan: New York County, NY
        ("99501", 2020),  # Anchorage Municipality, AK
        ("96813", 15003),  # Honolulu County, HI
        ("20001", 11001),  # District of Columbia
        ("00901", 72127),  # San Juan Municipio, PR
        ("60601", 17031),  # Chicago: Cook County, IL
        ("90012", 6037),  # Los Angeles County, CA
        ("70112", 22071),  # New Orleans: Orleans Parish, LA
        ("63103", 29510),  # St. Louis City, MO
        ("21201", 24510),  # Baltimore City, MD
        ("89701", 32510),  # Carson City, NV
        ("96910", 66010),  # Guam
    ],
)
def test_a_well_known_zip_lies_in_its_county(
    nation: Boundaries, postal_code: str, county: int
) -> None:
    outcome = place_zip(nation, postal_code)

    found_by = FoundBy.POSTAL_COUNTY if postal_code == "96910" else FoundBy.POSTAL_AREA
    assert outcome.placements == {Layer.COUNTY: FoundDistrict(county, found_by)}
    assert outcome.reason is None


@pytest.mark.parametrize("postal_code", BY_THE_WATER)
def test_a_zip_without_an_area_whose_point_does_not_agree_is_asked(
    nation: Boundaries, postal_code: str
) -> None:
    outcome = place_zip(nation, postal_code)

    assert (outcome.reason, outcome.placements) == ("several-counties", {})
    assert 25025 in outcome.candidates


def test_the_table_comes_before_a_point_across_the_river(nation: Boundaries) -> None:
    outcome = place_zip(nation, "05050")  # McIndoe Falls, VT; its point is in Grafton County, NH

    assert outcome.placements == {Layer.COUNTY: FoundDistrict(50005, FoundBy.POSTAL_AREA)}


@pytest.mark.parametrize(
    ("postal_code", "counties"),
    [
        ("20111", {51153, 51685}),
        ("94505", {6001, 6013}),
        ("22030", {51059, 51600}),
        ("42223", {21047, 47125}),  # in two states
        ("00801", {78030, 78020}),  # boxes on St. Thomas, and St. John is near
    ],
)
def test_a_zip_that_does_not_tell_its_county_names_the_candidates(
    nation: Boundaries, postal_code: str, counties: set[int]
) -> None:
    address = Address("", "", "", postal_code)
    answers = ZipGeocoder().locate_many([address])

    [outcome] = place_addresses([address], answers, [[Layer.COUNTY]], nation)

    assert (outcome.reason, outcome.placements) == ("several-counties", {})
    assert outcome.candidates == counties


@pytest.mark.parametrize(("state", "county"), [("KY", 21047), ("TN", 47125)])
def test_a_zip_in_two_states_is_decided_by_the_state_that_was_written(
    nation: Boundaries, state: str, county: int
) -> None:
    outcome = place_zip(nation, "42223", region=state)

    assert outcome.reason is None
    assert outcome.placements == {Layer.COUNTY: FoundDistrict(county, FoundBy.POSTAL_AREA)}


def test_no_zip_of_several_counties_is_decided_and_every_other_of_the_table_is(
    nation: Boundaries,
) -> None:
    codes = [code for code in load_postal_codes() if find_counties(code)]
    addresses = [Address("", "", "", code) for code in codes]
    answers = ZipGeocoder().locate_many(addresses)

    outcomes = place_addresses(addresses, answers, [[Layer.COUNTY]] * len(codes), nation)

    decided = {
        code
        for code, outcome in zip(codes, outcomes, strict=True)
        if outcome.reason is None and outcome.placements
    }
    assert decided == {code for code in codes if len(find_counties(code)) == 1}
    assert len(codes) - len(decided) == 9_036


def test_a_state_other_than_the_zips_own_goes_to_review(nation: Boundaries) -> None:
    outcome = place_zip(nation, "02139", region="RI")

    assert outcome.reason == "outside-state"
    assert not outcome.placements


def test_a_point_in_another_states_polygon_goes_to_review(nation: Boundaries) -> None:
    assert place_point(nation, at(PROVIDENCE)).reason == "outside-state"


def test_a_point_in_no_polygon_goes_to_review(nation: Boundaries) -> None:
    outcome = place_point(nation, at(ATLANTIC))

    assert outcome.reason == "no-district"
    assert not outcome.placements


def test_an_inexact_point_decides_nothing_and_an_exact_one_nothing_in_the_sea(
    nation: Boundaries,
) -> None:
    town = at(BOSTON, Precision.LOCALITY, region="MA")

    told = place_point(nation, town, postal_code="02139")
    asked = place_point(nation, town, postal_code="01002")
    at_sea = place_point(nation, at(ATLANTIC, county="Suffolk County"))

    assert told.placements[Layer.COUNTY].district_id == 25017
    assert (asked.reason, asked.candidates) == ("several-counties", {25011, 25015})
    assert at_sea.reason == "no-district"


def test_an_answer_in_another_state_or_zip_goes_to_review(nation: Boundaries) -> None:
    assert place_point(nation, at(BOSTON, region="RI")).reason == "outside-state"
    assert place_point(nation, at(BOSTON, postal_code="02108")).reason == "other-postal-code"
    same = at(BOSTON, region="MA", postal_code="02139")
    assert place_point(nation, same, postal_code="02139-4307").reason is None


def test_not_found_is_settled_and_unavailable_is_not(nation: Boundaries) -> None:
    missing = place_point(nation, AddressNotFound())
    away = place_point(nation, GeocoderUnavailable())

    assert (missing.reason, missing.retry) == ("address-not-found", False)
    assert (away.reason, away.retry) == (None, True)


def test_a_military_zip_goes_to_review_under_its_own_reason(nation: Boundaries) -> None:
    assert place_zip(nation, "09001").reason == "military-address"


def test_a_zip_does_not_decide_a_legislative_district(nation: Boundaries) -> None:
    both = Boundaries({Layer.SLDU: nation.layers[Layer.COUNTY], **nation.layers}, [1, 2])
    wanted = (Layer.COUNTY, Layer.SLDU)

    by_zip = place_point(both, at(BOSTON, Precision.POSTAL), wanted, street="")
    by_street = place_point(both, at(BOSTON, Precision.STREET), wanted)
    by_unknown_street = place_point(both, at(BOSTON, Precision.POSTAL), wanted)

    assert by_zip.reason == "needs-address"
    assert set(by_zip.placements) == {Layer.COUNTY}
    assert by_unknown_street.reason == "address-not-found"
    assert by_street.reason is None
    assert set(by_street.placements) == set(wanted)


def test_a_zip_decides_a_finer_district_only_where_all_of_it_lies_there(
    nation: Boundaries,
) -> None:
    both = Boundaries({Layer.SLDU: nation.layers[Layer.COUNTY]}, [1])
    point = at(BOSTON, Precision.POSTAL)

    def place(*shares: PostalShare) -> Outcome:
        areas = {(Layer.SLDU, "02139"): shares}
        return place_point(both, point, (Layer.SLDU,), street="", areas=areas)

    whole = place(PostalShare(25025, 1.0))
    split = place(PostalShare(25025, 0.9), PostalShare(25017, 0.1))
    partly = place(PostalShare(25025, 0.99))
    only_a_point = place(PostalShare(25025, None))

    assert whole.placements == {Layer.SLDU: FoundDistrict(25025, FoundBy.POSTAL_AREA)}
    assert (split.reason, split.candidates) == ("needs-address", {25025, 25017})
    assert (partly.reason, partly.candidates) == ("needs-address", {25025})
    assert (only_a_point.reason, only_a_point.candidates) == ("needs-address", {25025})
    assert not (split.placements or partly.placements or only_a_point.placements)


def test_a_state_with_one_congressional_district_needs_no_address() -> None:
    areas = [Area(1, "5000", "At Large", "VT"), Area(2, "2501", "District 1", "MA")]
    polygons = np.array([shapely.box(-74, 42, -71, 45), shapely.box(-73, 41, -69, 43)])
    both = Boundaries({Layer.CD: LayerBoundaries(areas, polygons)}, [1])

    def place(state: str, code: str) -> Outcome:
        address = Address("", "", state, code)
        answer = Location(44.0, -72.5, Precision.POSTAL, "zip", state, code)
        return place_addresses([address], [answer], [[Layer.CD]], both)[0]

    assert place("VT", "05602").placements == {Layer.CD: FoundDistrict(1, FoundBy.AT_LARGE)}
    assert place("MA", "02139").reason == "needs-address"


def test_two_places_that_lie_in_one_district_are_no_guess(nation: Boundaries) -> None:
    near = (at(BOSTON), at((42.35, -71.06)))
    apart = (at(BOSTON), at((42.3736, -71.1097)))

    agreed = place_point(nation, AmbiguousAddress("test", near))
    open_ = place_point(nation, AmbiguousAddress("test", apart))
    unnamed = place_point(nation, AmbiguousAddress("test"))

    assert agreed.placements == {Layer.COUNTY: FoundDistrict(25025, FoundBy.POLYGON)}
    assert (open_.reason, open_.candidates) == ("ambiguous-address", {25025, 25017})
    assert (unnamed.reason, unnamed.placements) == ("ambiguous-address", {})


def test_a_place_in_another_state_names_what_it_could_be(nation: Boundaries) -> None:
    outcome = place_point(nation, at(PROVIDENCE, region="RI"))

    assert (outcome.reason, outcome.candidates) == ("outside-state", {44007})
    assert outcome.placements == {}


def test_while_a_better_geocoder_is_away_a_zip_does_not_send_to_review(nation: Boundaries) -> None:
    both = Boundaries({Layer.SLDU: nation.layers[Layer.COUNTY]}, [1])
    provisional = Location(*BOSTON, Precision.POSTAL, source="zip", provisional=True)

    outcome = place_point(both, provisional, (Layer.SLDU,))

    assert (outcome.reason, outcome.retry) == (None, True)


def test_a_layer_without_boundaries_is_retried(nation: Boundaries) -> None:
    outcome = place_point(nation, at(BOSTON), (Layer.COUNTY, Layer.SLDU))

    assert (outcome.reason, outcome.retry) == (None, True)
