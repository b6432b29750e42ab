"""Division ids by rule."""

from typing import Any

import pytest

from petition.boundaries.divisions.division_rules import (
    rule_congress,
    rule_county,
    rule_legislature,
    rule_places,
)
from petition.boundaries.importing.areas import CensusArea
from petition.models import Layer
from petition.postal.us_states import BY_FIPS

US = "ocd-division/country:us"


def make_area(geoid: str, name: str = "", full: str = "", **fields: str) -> CensusArea:
    said = {"NAME": name, "NAMELSAD": full} | fields
    return CensusArea(1, geoid, BY_FIPS[geoid[:2]], said, b"")


def name_towns(*areas: CensusArea, **more: Any) -> list[str | None]:
    found = rule_places(Layer.COUSUB, areas, more.get("counties", {}), more.get("taken", ()))
    return [found.get(area.geoid) for area in areas]


@pytest.mark.parametrize(
    ("geoid", "name", "full", "expected"),
    [
        ("25015", "Hampshire", "Hampshire County", "state:ma/county:hampshire"),
        ("22071", "Orleans", "Orleans Parish", "state:la/parish:orleans"),
        ("24510", "Baltimore", "Baltimore city", "state:md/place:baltimore"),
        ("02110", "Juneau", "Juneau City and Borough", "state:ak/borough:juneau"),
        ("02020", "Anchorage", "Anchorage Municipality", "state:ak/borough:anchorage"),
        ("72011", "Añasco", "Añasco Municipio", "territory:pr/municipio:añasco"),
        ("11001", "District of Columbia", "District of Columbia", "district:dc"),
        ("09110", "Capitol", "Capitol Planning Region", "state:ct/planning_region:capitol"),
    ],
)
def test_a_county_without_lsad_is_told_by_what_follows_its_name(
    geoid: str, name: str, full: str, expected: str
) -> None:
    division = rule_county(make_area(geoid, name, full))

    assert division is not None and division.id == f"{US}/{expected}"


def test_a_county_of_an_unknown_kind_gets_none() -> None:
    assert rule_county(make_area("25015", "Hampshire", "Hampshire Canton")) is None
    assert rule_county(make_area("25015", "Hampshire", "Canton of Hampshire")) is None


@pytest.mark.parametrize(
    ("geoid", "expected"),
    [
        ("2507", "state:ma/cd:7"),
        ("0627", "state:ca/cd:27"),
        ("5600", "state:wy/cd:at-large"),
        ("1198", "district:dc/cd:at-large"),
        ("7298", "territory:pr/cd:at-large"),
    ],
)
def test_congress_is_numbered_or_at_large(geoid: str, expected: str) -> None:
    assert rule_congress(make_area(geoid)) == f"{US}/{expected}"


@pytest.mark.parametrize(
    ("geoid", "layer", "expected"),
    [
        ("09005", Layer.SLDU, "state:ct/sldu:5"),
        ("4626A", Layer.SLDL, "state:sd/sldl:26a"),
        ("2701B", Layer.SLDL, "state:mn/sldl:1b"),
        ("0200B", Layer.SLDU, "state:ak/sldu:b"),
        ("11003", Layer.SLDU, "district:dc/ward:3"),
        ("33024", Layer.SLDU, "state:nh/sldu:24"),
        ("72008", Layer.SLDU, "territory:pr/sldu:8"),
    ],
)
def test_numbered_legislative_districts_have_a_rule(
    geoid: str, layer: Layer, expected: str
) -> None:
    assert rule_legislature(layer, [make_area(geoid)]) == {geoid: f"{US}/{expected}"}


@pytest.mark.parametrize(
    ("geoid", "layer"),
    [
        ("25D01", Layer.SLDU),  # no number
        ("25001", Layer.SLDL),  # a number that is not its id
        ("50ADD", Layer.SLDU),
        ("33101", Layer.SLDL),
        ("09000", Layer.SLDU),
    ],
)
def test_named_ones_have_none(geoid: str, layer: Layer) -> None:
    assert rule_legislature(layer, [make_area(geoid)]) == {}


def test_one_name_among_numbers_takes_the_rule_from_the_whole_state() -> None:
    areas = [make_area("09005"), make_area("09ABC"), make_area("36005")]

    assert rule_legislature(Layer.SLDU, areas) == {"36005": f"{US}/state:ny/sldu:5"}


def test_a_town_of_new_england_is_a_place() -> None:
    assert name_towns(make_area("2501701600", "Arlington", "Arlington town")) == [
        f"{US}/state:ma/place:arlington"
    ]


def test_a_township_elsewhere_stands_within_its_county() -> None:
    township = make_area("4200150784", "Mount Joy", "Mount Joy township")

    named = name_towns(township, counties={"42001": f"{US}/state:pa/county:adams"})

    assert named == [f"{US}/state:pa/county:adams/place:mount_joy"]
    assert name_towns(township) == [None]


def test_a_city_and_a_town_of_one_name_both_take_their_word() -> None:
    city = make_area("5002303175", "Barre", "Barre city", FUNCSTAT="F")
    town = make_area("5002303250", "Barre", "Barre town", FUNCSTAT="A")

    assert name_towns(city, town) == [
        f"{US}/state:vt/place:barre_city",
        f"{US}/state:vt/place:barre_town",
    ]


def test_the_one_that_governs_itself_keeps_the_name() -> None:
    city = make_area("0667000", "San Lorenzo", "San Lorenzo city", LSAD="25", FUNCSTAT="A")
    cdp = make_area("0668112", "San Lorenzo", "San Lorenzo CDP", LSAD="57", FUNCSTAT="S")

    found = rule_places(Layer.PLACE, [cdp, city], {})

    assert found == {
        "0667000": f"{US}/state:ca/place:san_lorenzo",
        "0668112": f"{US}/state:ca/place:san_lorenzo_cdp",
    }


def test_an_id_that_a_mapping_gave_away_is_not_given_twice() -> None:
    town = make_area("2501701600", "Arlington", "Arlington town")

    named = name_towns(town, taken=[f"{US}/state:ma/place:arlington"])

    assert named == [f"{US}/state:ma/place:arlington_town"]
