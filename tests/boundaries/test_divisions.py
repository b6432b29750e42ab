import csv
from pathlib import Path

import pytest

from petition.boundaries.boundary_sets import NewDistrict
from petition.boundaries.divisions.county_ids import Division, make_slug, name_county
from petition.postal.us_states import BY_FIPS

US = "ocd-division/country:us"
REAL_IDS = Path(__file__).parents[3] / "shared/data/ma/ocd_us_census_places_ma.csv"

# GEOID, NAME, LSAD as in the Census Bureau's file; ids as in opencivicdata/ocd-division-ids.
KNOWN = [
    ("25017", "Middlesex", "06", f"{US}/state:ma/county:middlesex", "Middlesex County"),
    ("22071", "Orleans", "15", f"{US}/state:la/parish:orleans", "Orleans Parish"),
    ("22059", "LaSalle", "15", f"{US}/state:la/parish:lasalle", "LaSalle Parish"),
    ("02185", "North Slope", "04", f"{US}/state:ak/borough:north_slope", "North Slope Borough"),
    ("02020", "Anchorage", "12", f"{US}/state:ak/borough:anchorage", "Anchorage Municipality"),
    ("02110", "Juneau", "03", f"{US}/state:ak/borough:juneau", "Juneau City and Borough"),
    ("02180", "Nome", "05", f"{US}/state:ak/census_area:nome", "Nome Census Area"),
    (
        "02198",
        "Prince of Wales-Hyder",
        "05",
        f"{US}/state:ak/census_area:prince_of_wales-hyder",
        "Prince of Wales-Hyder Census Area",
    ),
    ("51600", "Fairfax", "25", f"{US}/state:va/place:fairfax", "Fairfax City"),
    ("51059", "Fairfax", "06", f"{US}/state:va/county:fairfax", "Fairfax County"),
    ("24510", "Baltimore", "25", f"{US}/state:md/place:baltimore", "Baltimore City"),
    ("29510", "St. Louis", "25", f"{US}/state:mo/place:st_louis", "St. Louis City"),
    ("29189", "St. Louis", "06", f"{US}/state:mo/county:st_louis", "St. Louis County"),
    ("32510", "Carson City", "00", f"{US}/state:nv/place:carson_city", "Carson City"),
    ("11001", "District of Columbia", "00", f"{US}/district:dc", "District of Columbia"),
    ("72127", "San Juan", "13", f"{US}/territory:pr/municipio:san_juan", "San Juan Municipio"),
    ("72011", "Añasco", "13", f"{US}/territory:pr/municipio:añasco", "Añasco Municipio"),
    ("24033", "Prince George's", "06", f"{US}/state:md/county:prince_george~s", None),
    ("29186", "Ste. Genevieve", "06", f"{US}/state:mo/county:ste_genevieve", None),
    (
        "09110",
        "Capitol",
        "PL",
        f"{US}/state:ct/planning_region:capitol",
        "Capitol Planning Region",
    ),
    ("66010", "Guam", "00", f"{US}/territory:gu", "Guam"),
    ("78010", "St. Croix", "10", f"{US}/territory:vi/island:st_croix", "St. Croix Island"),
]


@pytest.mark.parametrize(("geoid", "name", "lsad", "division_id", "display"), KNOWN)
def test_a_county_gets_the_division_id_of_its_kind(
    geoid: str, name: str, lsad: str, division_id: str, display: str | None
) -> None:
    division = name_county(BY_FIPS[geoid[:2]], geoid, name, lsad)

    assert division == Division(division_id, display or f"{name} County")


def test_a_kind_that_the_rules_do_not_know_gets_no_division_id() -> None:
    assert name_county(BY_FIPS["09"], "09110", "Capitol", "XX") is None
    assert name_county(BY_FIPS["09"], "09110", "Capitol", "00") is None


def test_every_county_of_the_country_has_a_division_id_of_its_own(
    all_counties: list[NewDistrict],
) -> None:
    assert len({county.division_id for county in all_counties}) == len(all_counties) == 3_233


def test_a_decomposed_accent_is_spelled_as_a_composed_one() -> None:
    assert make_slug("An\u0303asco") == make_slug("Añasco") == "añasco"


@pytest.mark.skipif(not REAL_IDS.exists(), reason=f"needs {REAL_IDS.name}")
def test_the_counties_of_massachusetts_have_the_ids_that_open_civic_data_gives_them(
    all_counties: list[NewDistrict],
) -> None:
    with REAL_IDS.open() as file:
        rows = list(csv.DictReader(file))
    theirs = {row["census_geoid"]: row["id"] for row in rows if "/county:" in row["id"]}

    ours = {f"place-{c.geoid}": c.division_id for c in all_counties if c.state == "MA"}

    assert len(ours) == 14
    assert ours == {geoid: theirs[geoid] for geoid in ours}
