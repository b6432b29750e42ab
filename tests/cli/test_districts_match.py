"""``petition districts match``: what a ZIP or an address tells of each layer."""

import json
from typing import Any

import pytest
from flask import Flask
from shapely import box, to_wkb

from petition.boundaries.boundary_sets import NewDistrict, activate_set, make_set, store_set
from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import Layer
from tests.cli.runner import run

MA = "ocd-division/country:us/state:ma"
VA = "ocd-division/country:us/state:va"
COUNTIES = [
    ("25017", f"{MA}/county:middlesex", "Middlesex County", box(-71.6, 42.2, -71.03, 42.7)),
    ("25025", f"{MA}/county:suffolk", "Suffolk County", box(-71.03, 42.2, -70.8, 42.5)),
    ("51153", f"{VA}/county:prince_william", "Prince William County", box(-77.7, 38.5, -77.2, 39)),
    ("51685", f"{VA}/place:manassas_park", "Manassas Park City", box(-77.48, 38.75, -77.43, 38.8)),
    ("21047", "ocd-division/country:us/state:ky/county:christian", "Christian County", None),
    ("47125", "ocd-division/country:us/state:tn/county:montgomery", "Montgomery County", None),
]
STATES = {"25": "MA", "51": "VA", "21": "KY", "47": "TN"}


@pytest.fixture(autouse=True)
def ground(app: Flask) -> None:
    """Six counties and a senate of two districts, as squares."""
    counties = [
        NewDistrict(
            geoid=geoid,
            division_id=division_id,
            name=name,
            state=STATES[geoid[:2]],
            wkb=to_wkb(shape or box(int(geoid) / 1000, 0, int(geoid) / 1000 + 0.1, 0.1)),
        )
        for geoid, division_id, name, shape in COUNTIES
    ]
    senate = [
        NewDistrict(
            geoid=f"25D0{number}",
            division_id=f"{MA}/sldu:{number}",
            name=f"{number}",
            state="MA",
            wkb=to_wkb(box(west, 42.2, west + 0.4, 42.7)),
        )
        for number, west in ((1, -71.5), (2, -71.1))
    ]
    with app.app_context(), transaction() as session:
        for layer, districts in ((Layer.COUNTY, counties), (Layer.SLDU, senate)):
            made = make_set(layer, "us", "test", districts)
            stored, _ = store_set(session, made, actor="test")
            activate_set(session, stored, utcnow().date(), actor="test")


def match(app: Flask, *options: str) -> list[dict[str, Any]]:
    result = run(app, "districts", "match", "--json", *options)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_zip_of_one_county_decides_it_and_no_senate_district(app: Flask) -> None:
    [found] = match(app, "--postal-code", "02139-4307")

    assert list(found) == ["county", "sldu"]
    assert found["county"] == {
        "districts": [f"{MA}/county:middlesex"],
        "decided_by": "postal",
        "ask": None,
        "candidates": [],
    }
    assert found["sldu"]["decided_by"] is None
    assert found["sldu"]["ask"] == "street"


@pytest.mark.parametrize(
    ("options", "candidates"),
    [
        (("20111",), [f"{VA}/county:prince_william", f"{VA}/place:manassas_park"]),
        (
            ("42223",),
            [
                "ocd-division/country:us/state:ky/county:christian",
                "ocd-division/country:us/state:tn/county:montgomery",
            ],
        ),
        # Boxes of Cambridge: its county is named, and those around it.
        (("02238",), [f"{MA}/county:middlesex", f"{MA}/county:suffolk"]),
    ],
)
def test_a_zip_that_does_not_tell_its_county_is_for_its_signer_to_say(
    app: Flask, options: tuple[str, ...], candidates: list[str]
) -> None:
    [found] = match(app, "--layer", "county", "--postal-code", *options)

    assert found == {
        "county": {"districts": [], "decided_by": None, "ask": "signer", "candidates": candidates}
    }


def test_the_state_that_was_written_decides_a_zip_in_two(app: Flask) -> None:
    [found] = match(app, "--layer", "county", "--postal-code", "42223", "--state", "tn")

    assert found["county"]["districts"] == ["ocd-division/country:us/state:tn/county:montgomery"]
    assert found["county"]["decided_by"] == "postal"


def test_each_zip_has_a_line_and_what_is_not_loaded_asks_nothing(app: Flask) -> None:
    first, second = match(app, "--layer", "cd", "--postal-code", "02139", "--postal-code", "09001")

    nothing: dict[str, Any] = {"districts": [], "decided_by": None, "ask": None, "candidates": []}
    assert first == {"cd": nothing}
    assert second["cd"]["ask"] == "street"


def test_a_zip_that_does_not_exist_is_refused(app: Flask) -> None:
    result = run(app, "districts", "match", "--postal-code", "00000")

    assert result.exit_code == 2
    assert "there is no ZIP code '00000'" in result.output
    assert "20111" in run(app, "districts", "match", "--postal-code", "20111").output


def test_a_state_is_told_though_no_campaign_has_needed_it(app: Flask) -> None:
    for _ in range(2):
        [found] = match(app, "--postal-code", "02139", "--layer", "state")

        assert found["state"]["districts"] == [MA]
        assert found["state"]["decided_by"] == "postal"
