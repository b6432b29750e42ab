"""The table of ZIPs and their counties."""

from petition.postal.zip_counties import FILE, find_counties, find_states
from petition.postal.zip_places import load_postal_codes


def test_a_zip_names_all_its_counties_with_the_largest_part_first() -> None:
    assert find_counties("02139") == ("25017",)
    assert find_counties("20111") == ("51153", "51685")
    assert find_counties("63673") == ("29157", "17157", "29186")
    assert find_counties("00601") == ("72001", "72141")


def test_a_zip_without_an_area_names_none() -> None:
    assert find_counties("00000") == find_counties("99999") == find_counties("02238") == ()


def test_a_zip_lies_in_the_states_of_its_counties() -> None:
    assert find_states("42223") == ("KY", "TN")
    assert find_states("02139") == ("MA",)
    assert find_states("02238") == ()


def test_the_table_is_whole_and_small() -> None:
    counties = {code: find_counties(code) for code in load_postal_codes()}

    named = [each for each in counties.values() if each]
    assert (len(named), sum(map(len, named))) == (33_120, 44_410)
    assert sum(len(each) > 1 for each in named) == 9_036
    assert FILE.stat().st_size < 200_000


def test_the_list_of_zips_has_each_in_a_state_that_the_table_has_it_in() -> None:
    for code, place in load_postal_codes().items():
        assert place.state in (find_states(code) or (place.state,))
