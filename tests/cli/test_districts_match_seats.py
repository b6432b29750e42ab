"""``petition districts match`` where a legislature has one chamber; states as people write them."""

import json
from typing import Any

import pytest
from flask import Flask
from shapely import box, to_wkb

from petition.boundaries.boundary_sets import NewDistrict, make_set, store_set
from petition.boundaries.postal_areas import index_postal_codes
from petition.core.extensions import transaction
from petition.redistricting.activation import activate
from tests.cli.runner import run

ONE = {"NE": ("31", "68508", (-96.7, 40.8)), "DC": ("11", "20001", (-77.02, 38.91))}


def lay(app: Flask, state: str, halves: int) -> list[str]:
    """Put the one chamber's districts in force around a ZIP, and its area; return their ids."""
    fips, code, (longitude, latitude) = ONE[state]
    kind = "state" if state == "NE" else "district"
    start, width = longitude - 1, 2 / halves
    districts = [
        NewDistrict(
            geoid=f"{fips}00{number}",
            division_id=f"ocd-division/country:us/{kind}:{state.lower()}/sldu:{number}",
            name=f"{number}",
            state=state,
            wkb=to_wkb(box(start + number * width, latitude - 1, start + (number + 1) * width, 42)),
        )
        for number in range(halves)
    ]
    area = box(longitude - 0.1, latitude - 0.1, longitude + 0.1, latitude + 0.1)
    zips = [NewDistrict(code, f"ocd-division/country:us/zcta:{code}", code, state, to_wkb(area))]
    with app.app_context():
        with transaction() as session:
            store_set(session, make_set("zcta", "us", "test", zips), actor="test")
            stored, _ = store_set(session, make_set("sldu", "us", "test", districts), actor="test")
            index_postal_codes(session, stored.id)
            set_id = stored.id
        activate(set_id)
    return [district.division_id for district in districts]


def match(app: Flask, *options: str) -> dict[str, Any]:
    result = run(app, "districts", "match", "--json", *options)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize("state", ONE)
@pytest.mark.parametrize("asked", [["sldl"], ["sldl", "sldu"], ["sldu"]])
def test_the_one_chamber_answers_under_the_layer_that_was_asked(
    app: Flask, state: str, asked: list[str]
) -> None:
    [district] = lay(app, state, 1)
    layers = [option for layer in asked for option in ("--layer", layer)]

    found = match(app, "--postal-code", ONE[state][1], *layers)

    told = {"districts": [district], "decided_by": "postal", "ask": None, "candidates": []}
    assert found == dict.fromkeys(asked, told)


@pytest.mark.parametrize("state", ONE)
def test_what_it_leaves_open_stands_under_the_layer_that_was_asked(app: Flask, state: str) -> None:
    districts = lay(app, state, 2)

    found = match(app, "--postal-code", ONE[state][1], "--layer", "sldl")

    told = {"districts": [], "decided_by": None, "ask": "street", "candidates": districts}
    assert found == {"sldl": told}


@pytest.mark.parametrize("written", ["NE", "ne", "Nebraska", " Nebr. ", "nebraska"])
def test_a_state_is_taken_as_people_write_it(app: Flask, written: str) -> None:
    [district] = lay(app, "NE", 1)

    found = match(app, "--postal-code", "68508", "--layer", "sldl", "--state", written)

    assert found["sldl"]["districts"] == [district]


@pytest.mark.parametrize("written", ["XX", "Nebrasca", "12"])
def test_what_is_no_state_is_refused(app: Flask, written: str) -> None:
    result = run(app, "districts", "match", "--postal-code", "68508", "--state", written)

    assert result.exit_code == 2
    assert "there is no state" in result.stderr
