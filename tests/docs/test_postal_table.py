"""The table in docs/districts.md of what ZIP codes tell of the county, held against the code."""

from collections import Counter
from pathlib import Path

import shapely

from petition.boundaries.polygons import Area, Boundaries, LayerBoundaries
from petition.demo.county_polygons import find_wheel_file, read_counties
from petition.geocoding import Address
from petition.geocoding.zip_centroids import ZipGeocoder
from petition.locating.district_matching import place_addresses
from petition.models import Layer
from petition.postal.zip_counties import find_counties
from petition.postal.zip_places import ZipPlace, load_postal_codes

PAGE = Path(__file__).parents[2] / "docs/districts.md"


def name_kind(place: ZipPlace) -> str:
    counties = len(find_counties(place.postal_code))
    if counties:
        return "area in one county" if counties == 1 else "area in several counties"
    if place.is_military:
        return "armed forces"
    return "post office boxes, no area" if place.only_boxes else "other, no area"


def make_rows() -> list[str]:
    """Return the rows of the table: how many ZIPs of each kind are decided, asked, unknown."""
    districts, _ = read_counties(find_wheel_file())
    areas = [Area(int(d.geoid), d.geoid, d.name, d.state) for d in districts]
    polygons = shapely.from_wkb([district.wkb for district in districts])
    counties = Boundaries({Layer.COUNTY: LayerBoundaries(areas, polygons)}, [1])
    places = list(load_postal_codes().values())
    addresses = [Address("", "", "", place.postal_code) for place in places]
    answers = ZipGeocoder().locate_many(addresses)
    outcomes = place_addresses(addresses, answers, [[Layer.COUNTY]] * len(places), counties)
    found: Counter[tuple[str, str]] = Counter()
    for place, outcome in zip(places, outcomes, strict=True):
        decided = outcome.reason is None and bool(outcome.placements)
        asked = outcome.reason == "several-counties"
        what = "decided" if decided else "asked" if asked else "unknown"
        found[name_kind(place), what] += 1
        found["all", what] += 1
    kinds = list(dict.fromkeys(kind for kind, _ in sorted(found) if kind != "all"))
    return [
        f"| {kind} | "
        + " | ".join(f"{found[kind, what]:,}" for what in ("decided", "asked", "unknown"))
        + " |"
        for kind in [*kinds, "all"]
    ]


def test_the_page_says_how_many_zips_tell_the_county() -> None:
    page = PAGE.read_text()

    for row in make_rows():
        assert row in page
