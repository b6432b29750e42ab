"""Against Massachusetts as it is: skipped where the folder with the real files is not there."""

import csv
import re
from pathlib import Path

import pytest
from flask.ctx import AppContext

from petition.models import BoundaryState
from petition.officials.checks.post_checks import LayerCount, check_officials
from tests.officials.world import import_files, lay_districts, read_holders

FOLDER = Path(__file__).parents[3] / "shared/data/ma"
STATES = FOLDER.parent / "states"
needs_data = pytest.mark.skipif(
    not (FOLDER / "openstates_geo_ma.yml").exists(),
    reason="the real data of Massachusetts are not beside this tree",
)

needs_states = pytest.mark.skipif(
    not (STATES / "openstates_geo_nh.yml").exists(),
    reason="the real rosters of other states are not beside this tree",
)


def lay_all() -> None:
    """Store the state's districts under their division ids, from the lists of ids."""
    ids = re.findall(r"/(sld[ul]):(\S+?)\"", (FOLDER / "openstates_geo_ma.yml").read_text("utf-8"))
    for layer in ("sldu", "sldl"):
        lay_districts(layer, {value: value for kind, value in ids if kind == layer})
    lay_districts("cd", {str(number): f"District {number}" for number in range(1, 10)})
    with (FOLDER / "ocd_us_census_places_ma.csv").open(encoding="utf-8") as file:
        towns = [row for row in csv.DictReader(file) if "/place:" in row["id"]]
    values = {row["id"].rpartition(":")[2]: row["name"] for row in towns}
    lay_districts("cousub", values, kind="place", set_state=BoundaryState.LOADED)


@needs_data
@pytest.mark.parametrize(
    "legislature", ["openstates_ma_2026-08.csv", "openstates_ma_legislature_2026-08.yml"]
)
def test_every_roster_of_massachusetts_joins_to_its_districts(
    context: AppContext, legislature: str
) -> None:
    lay_all()

    report = import_files(FOLDER / legislature)
    import_files(FOLDER / "openstates_ma_municipalities_2026-08.yml")
    import_files(
        FOLDER / "congress_ma_2026-06.yaml",
        FOLDER / "congress_ma_district_offices_2026-06.yaml",
    )

    assert (report.new_posts, report.held, len(report.vacant)) == (200, 198, 2)
    assert check_officials().counts == {
        "sldu": LayerCount(40, 40, 0, 0, 0),
        "sldl": LayerCount(160, 158, 2, 0, 0),
        # Congress takes no e-mail, and Boston's mayor has none in the roster.
        "cd": LayerCount(9, 9, 0, 0, 9, paper=9),
        "cousub": LayerCount(11, 6, 0, 5, 1, paper=1, without_post=340),
        "state": LayerCount(2, 2, 0, 0, 2, web_form=2),
    }


@needs_data
def test_importing_all_of_it_again_changes_nothing(context: AppContext) -> None:
    lay_all()
    files = [
        FOLDER / "openstates_ma_legislature_2026-08.yml",
        FOLDER / "openstates_ma_municipalities_2026-08.yml",
        FOLDER / "congress_ma_2026-06.yaml",
        FOLDER / "congress_ma_district_offices_2026-06.yaml",
    ]
    import_files(*files)

    assert not import_files(*files).changed


def lay_numbers(layer: str, last: int, state: str) -> None:
    lay_districts(
        layer, {str(number): f"District {number}" for number in range(1, last + 1)}, state=state
    )


@needs_states
def test_maine_imports_with_its_two_tribal_seats(context: AppContext) -> None:
    lay_numbers("sldu", 35, "ME")
    lay_numbers("sldl", 151, "ME")

    report = import_files(
        STATES / "openstates_me_legislature_2026-08.yml",
        STATES / "me_municipalities.yml",
        STATES / "me_municipalities",
    )

    assert (report.new_posts, report.without_place) == (35 + 151 + 2, 2)
    tribal = {key for key in read_holders() if key.startswith("state:me lower")}
    assert tribal == {"state:me lower-passamaquoddy-1", "state:me lower-maliseet-1"}


@needs_states
def test_idaho_imports_with_two_seats_of_each_district(context: AppContext) -> None:
    lay_numbers("sldu", 35, "ID")
    lay_numbers("sldl", 35, "ID")

    report = import_files(STATES / "openstates_id_legislature_2026-08.yml")

    assert (report.new_posts, report.held) == (105, 105)
    assert check_officials().counts["sldl"] == LayerCount(70, 70, 0, 0, 0)


@needs_states
def test_new_hampshire_imports_with_its_floterial_districts(context: AppContext) -> None:
    text = (STATES / "openstates_geo_nh.yml").read_text("utf-8")
    values = re.findall(r"/sldl:(\w+)", text)
    lay_districts("sldl", {value: value for value in values}, state="NH")
    lay_numbers("sldu", 24, "NH")

    report = import_files(STATES / "openstates_nh_legislature_2026-08.yml")

    assert report.new_posts >= 24 + 390 and report.held >= 24 + 380
    assert not import_files(STATES / "openstates_nh_legislature_2026-08.yml").changed
