"""Against Massachusetts as it is: skipped where the folder with the real files is not there."""

import csv
import re
from pathlib import Path

import pytest
from flask.ctx import AppContext

from petition.models import BoundaryState
from petition.officials.checking import LayerCount, check_officials
from tests.officials.world import import_files, lay_districts

FOLDER = Path(__file__).parents[3] / "shared/data/ma"
needs_data = pytest.mark.skipif(
    not (FOLDER / "openstates_geo_ma.yml").exists(),
    reason="the real data of Massachusetts are not beside this tree",
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
        "cd": LayerCount(9, 9, 0, 0, 0),
        "cousub": LayerCount(11, 6, 0, 5, 0),
        "state": LayerCount(2, 2, 0, 0, 0),
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
