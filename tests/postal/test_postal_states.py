"""ZIP areas in two states: taken as written, and never guessed."""

import csv
import gzip
from pathlib import Path

import pytest

from petition.geocoding import Address
from petition.geocoding.zip_centroids import ZipGeocoder
from petition.postal.us_states import BY_FIPS
from petition.postal.zip_counties import find_states
from petition.postal.zip_places import known_postal_code, list_states, load_postal_codes

CENSUS = Path(__file__).parents[3] / "shared/cases/zip_counties.csv.gz"


def test_each_of_them_is_a_zip_of_one_of_its_two_states() -> None:
    several = [place for place in load_postal_codes().values() if len(place.states) > 1]

    assert len(several) > 100
    assert all(place.state in place.states for place in several)
    assert {len(set(place.states)) for place in several} == {2}


def test_a_zip_lists_its_states_and_tells_one_only_where_there_is_one() -> None:
    border, inner = known_postal_code("42223"), known_postal_code("02139")

    assert border is not None
    assert inner is not None
    assert (border.states, border.sole_state) == (("KY", "TN"), "")
    assert (inner.states, inner.sole_state) == (("MA",), "MA")
    assert list_states("97635-0001") == ("CA", "OR")
    assert list_states("00000") == ()


@pytest.mark.parametrize(
    ("written", "region"), [("TN", "TN"), ("KY", "KY"), ("", "KY"), ("OH", "KY")]
)
def test_the_zip_geocoder_takes_the_state_that_was_written(written: str, region: str) -> None:
    found = ZipGeocoder().locate(Address("", "", written, "42223"))

    assert found.region == region
    assert (found.county is None) == (written == "TN")


@pytest.mark.skipif(not CENSUS.exists(), reason="the Census Bureau's relationship file is not here")
def test_the_table_is_the_census_bureaus() -> None:
    states: dict[str, set[str]] = {}
    with gzip.open(CENSUS, "rt") as file:
        for row in csv.DictReader(file):
            states.setdefault(row["zcta"], set()).add(BY_FIPS[row["county"][:2]].code)

    several = {code for code, among in states.items() if len(among) > 1}
    assert len(several) == 103
    assert all(set(find_states(code)) == among for code, among in states.items())
