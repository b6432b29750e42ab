import pytest

from petition.postal.us_states import BY_CODE, MILITARY, REGIONS, STATES
from petition.postal.zip_places import clean_postal_code, known_postal_code, load_postal_codes


@pytest.mark.parametrize("text", ["02139", " 02139 ", "02139-1234", "02139 1234", "021391234"])
def test_a_zip_and_a_zip_plus_four_are_the_same_zip(text: str) -> None:
    assert clean_postal_code(text) == "02139"


@pytest.mark.parametrize(
    "text", ["", "2139", "0213", "02139-", "02139-12", "K1A 0B1", "٠٢١٣", "02139\n0", "0" * 5000]
)
def test_what_is_no_zip_is_not_taken_for_one(text: str) -> None:
    assert clean_postal_code(text) is None
    assert known_postal_code(text) is None


def test_a_known_zip_gives_its_place_state_and_county() -> None:
    place = known_postal_code("02139-4307")

    assert place is not None
    assert (place.place, place.state, place.county) == ("Cambridge", "MA", "Middlesex County")
    assert place.latitude == pytest.approx(42.36, abs=0.02)
    assert place.longitude == pytest.approx(-71.10, abs=0.02)


def test_an_unknown_zip_is_not_known() -> None:
    assert known_postal_code("00000") is None


def test_all_zips_are_there_and_those_without_a_county_say_so() -> None:
    places = load_postal_codes()

    assert len(places) == 42_789
    assert sum(place.county is None for place in places.values()) == 977


def test_no_zip_lies_at_latitude_and_longitude_zero() -> None:
    military = [place for place in load_postal_codes().values() if place.is_military]

    assert {place.state for place in military} == set(MILITARY)
    assert all(place.latitude is None and place.longitude is None for place in military)
    assert not [p for p in load_postal_codes().values() if p.latitude == 0 and p.longitude == 0]


def test_the_form_offers_the_states_the_district_the_territories_and_the_armed_forces() -> None:
    assert len(STATES) == 50 + 1 + 5
    assert BY_CODE["VI"].name == "U.S. Virgin Islands"
    assert BY_CODE["WY"].fips == "56"
    assert list(REGIONS)[-3:] == ["AA", "AE", "AP"]
    assert len(REGIONS) == 59


def test_every_zip_of_the_country_is_in_a_region_of_the_form() -> None:
    others = {place.state for place in load_postal_codes().values()} - set(REGIONS)

    assert others == {"FM", "MH", "PW"}  # the states in free association elect nobody here
