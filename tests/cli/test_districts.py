"""``petition districts``: from a file to a set that is checked."""

import json
from pathlib import Path

import pytest
from flask import Flask
from shapely import Polygon
from shapely.geometry.polygon import orient
from sqlalchemy import select

from petition.core.extensions import db, get_settings
from petition.models import BoundarySet, District
from tests.boundaries.boundary_files import (
    CONGRESS,
    COUNTY,
    SENATE,
    Row,
    make_square,
    number,
    write_geojson,
    write_zip,
)
from tests.boundaries.census_server import Trouble, serve
from tests.cli.runner import read_error, run

REAL = Path(__file__).parents[3] / "shared/data/ma"
BLOCKS = [([make_square(n)], number(SENATE, f"{n:03}")) for n in range(1, 4)]


def test_an_import_says_what_it_stored_and_what_is_next(app: Flask, tmp_path: Path) -> None:
    path = write_zip(tmp_path, [*BLOCKS, ([make_square(9)], number(SENATE, "ZZZ"))])

    result = run(app, "districts", "import", str(path), "--effective-from", "2027-01-03")
    again = run(app, "districts", "import", str(path))

    assert result.exit_code == 0, result.output
    assert "Stored boundary set 1: 3 districts of sldu, scope ct. It is not in force." in (
        result.output
    )
    assert "planned to take effect on 2027-01-03" in result.output
    assert "with a division id: 3 (by rule)" in result.output
    assert "skipped: 1 not defined" in result.output
    assert "petition districts check 1" in result.output
    assert "petition districts activate 1" in result.output
    assert "Nothing changed: this file is already boundary set 1" in again.output


def test_a_dry_run_stores_nothing(app: Flask, tmp_path: Path) -> None:
    result = run(app, "districts", "import", str(write_zip(tmp_path, BLOCKS)), "--dry-run")

    assert "Would store 3 districts of sldu, scope ct; nothing was stored." in result.output
    assert "No boundary sets yet" in run(app, "districts", "list").output


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--layer", "sldl"), "--layer is sldl"),
        (("--scope", "ma"), "no area of it is left"),
        (("--ids", "MAPPING"), "expected a mapping of division ids"),
    ],
)
def test_a_refusal_is_exit_code_1_and_says_why(
    app: Flask, tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    path = write_zip(tmp_path, BLOCKS)
    options = tuple(str(path) if option == "MAPPING" else option for option in options)

    result = run(app, "districts", "import", str(path), *options)

    assert result.exit_code == 1
    assert words in read_error(result)


def test_the_list_has_every_set(app: Flask, tmp_path: Path) -> None:
    run(app, "districts", "import", str(write_zip(tmp_path, BLOCKS)))

    shown = run(app, "districts", "list").output
    [row] = json.loads(run(app, "districts", "list", "--json").output)

    assert "sldu" in shown and "loaded" in shown and "tl_2024_25_areas.zip sha256:" in shown
    assert (row["layer"], row["scope"], row["districts"]) == ("sldu", "ct", 3)


def test_the_check_counts_for_a_program_and_advises_a_person(app: Flask, tmp_path: Path) -> None:
    overlapping = ([make_square(1.5)], number(SENATE, "009"))
    run(app, "districts", "import", str(write_zip(tmp_path, [*BLOCKS, overlapping])))

    counts = json.loads(run(app, "districts", "check", "--json").output)
    text = run(app, "districts", "check", "1").output

    assert counts == {
        "sldu": {
            "districts": 4,
            "with_division_id": 4,
            "invalid": 0,
            "overlaps": 2,
            "gaps": 0,
            "without_post": 4,
        }
    }
    assert "districts overlap" in text and "50.0%" in text
    assert "petition officials import FILE" in text


def test_the_check_of_a_set_that_is_not_there_is_exit_code_1(app: Flask) -> None:
    result = run(app, "districts", "check", "7")

    assert result.exit_code == 1
    assert "no boundary set 7" in read_error(result)


def test_fetch_takes_the_file_from_the_census_and_imports_it(app: Flask, tmp_path: Path) -> None:
    with serve() as server:
        server.files["/TIGER2024/SLDU/tl_2024_09_sldu.zip"] = write_zip(
            tmp_path, BLOCKS
        ).read_bytes()
        server.troubles = [Trouble(429, {"Retry-After": "0"}), Trouble(cut_after=300)]
        command = ("districts", "fetch", "--state", "ct", "--layer", "sldu")

        first = run(app, *command, "--base-url", server.url)
        second = run(app, *command, "--base-url", f"{server.url}/")

    assert first.exit_code == 0, first.output
    assert "the server is busy (429); trying again in 0 s." in first.output
    assert "Stored boundary set 1: 3 districts of sldu, scope ct." in first.output
    assert "unchanged since it was fetched" in second.output
    assert "Nothing changed" in second.output


def test_of_a_national_file_only_the_states_rows_are_imported(app: Flask, tmp_path: Path) -> None:
    other = COUNTY | {"STATEFP": "36", "GEOID": "36017"}
    rows = [([make_square(0)], COUNTY), ([make_square(1)], other)]
    with serve() as server:
        server.files["/TIGER2024/COUNTY/tl_2024_us_county.zip"] = write_zip(
            tmp_path, rows
        ).read_bytes()
        command = ("districts", "fetch", "--layer", "county", "--base-url", server.url)

        of_state = run(app, *command, "--state", "MA")
        whole = run(app, *command)

    assert "1 district of county, scope ma" in of_state.output
    assert "2 districts of county, scope us" in whole.output


def test_fetch_can_leave_the_import_out(app: Flask, tmp_path: Path) -> None:
    with serve() as server:
        server.files["/GENZ2023/shp/cb_2023_us_cd118_500k.zip"] = write_zip(
            tmp_path, [([make_square(0)], CONGRESS)]
        ).read_bytes()

        result = run(
            app,
            *("districts", "fetch", "--layer", "cd", "--year", "2023", "--generalized"),
            *("--no-import", "--base-url", server.url),
        )

    assert result.exit_code == 0, result.output
    with app.app_context():
        assert (get_settings().data_dir / "downloads/cb_2023_us_cd118_500k.zip").exists()
        assert db.session.scalar(select(BoundarySet.id)) is None


def test_fetch_refuses_a_state_that_there_is_not(app: Flask) -> None:
    result = run(app, "districts", "fetch", "--state", "ZZ", "--layer", "sldu")

    assert result.exit_code == 2
    assert "give a state's postal abbreviation, such as MA" in result.output


def give_file(layer: str, form: str, folder: Path) -> Path:
    """Return a real file of Massachusetts as it is, or as the zip that the Census would offer."""
    path = REAL / f"tl2024_25_{layer}.geojson"
    if form == "geojson":
        return path
    rows: list[Row] = []
    for feature in json.loads(path.read_text())["features"]:
        kind, parts = feature["geometry"]["type"], feature["geometry"]["coordinates"]
        polygons = parts if kind == "MultiPolygon" else [parts]
        # A shapefile tells shells, which go round clockwise, from holes by their direction.
        rings = [orient(Polygon(shell, holes), -1.0) for shell, *holes in polygons]
        flat = [list(ring.coords) for area in rings for ring in (area.exterior, *area.interiors)]
        rows.append((flat, feature["properties"]))
    return write_zip(folder, rows, f"tl_2024_25_{layer}")


@pytest.mark.skipif(not REAL.exists(), reason=f"needs the folder {REAL.name} of real files")
@pytest.mark.parametrize("form", ["geojson", "zip"])
def test_massachusetts_gets_all_its_districts(app: Flask, tmp_path: Path, form: str) -> None:
    mapping = str(REAL / "openstates_geo_ma.yml")
    places = str(REAL / "ocd_us_census_places_ma.csv")
    for layer, options in (
        ("county", ()),
        ("cousub", ("--ids", places)),
        ("cd119", ()),
        ("sldu", ("--ids", mapping)),
        ("sldl", ("--ids", mapping)),
    ):
        path = give_file(layer, form, tmp_path)
        result = run(app, "districts", "import", str(path), *options)
        assert result.exit_code == 0, result.output
        if layer == "cousub":
            assert "351 (341 by the mapping, 10 by rule)" in result.output

    counts = json.loads(run(app, "districts", "check", "--json").output)

    assert {layer: found["districts"] for layer, found in counts.items()} == {
        "county": 14,
        "cousub": 351,
        "cd": 9,
        "sldu": 40,
        "sldl": 160,
    }
    for found in counts.values():
        assert found["with_division_id"] == found["districts"] == found["without_post"]
        assert (found["invalid"], found["overlaps"], found["gaps"]) == (0, 0, 0)
    roster = str(REAL / "openstates_ma_2026-08.csv")
    imported = run(app, "officials", "import", roster)
    assert "Seats: 200, 198 held, 2 vacant" in imported.output
    with app.app_context():
        hampden = select(District.name).where(District.division_id.endswith("sldu:hampden"))
        assert db.session.scalar(hampden) == "Hampden District"


@pytest.mark.skipif(not REAL.exists(), reason=f"needs the folder {REAL.name} of real files")
@pytest.mark.parametrize("missing", ["2501501370", "2502507000"])  # inland, and by the sea
def test_a_town_that_is_missing_in_massachusetts_is_a_gap(
    app: Flask, tmp_path: Path, missing: str
) -> None:
    towns = json.loads((REAL / "tl2024_25_cousub.geojson").read_text())
    rows = [
        (feature["geometry"]["coordinates"], feature["properties"])
        for feature in towns["features"]
        if feature["geometry"]["type"] == "Polygon" and feature["properties"]["GEOID"] != missing
    ]
    kept = len(towns["features"]) - 1
    several = [f for f in towns["features"] if f["geometry"]["type"] != "Polygon"]
    path = write_geojson(tmp_path, rows, "tl_2024_25_cousub.geojson")
    whole = json.loads(path.read_text())
    whole["features"] += several
    path.write_text(json.dumps(whole))
    run(app, "districts", "import", str(REAL / "tl2024_25_county.geojson"))
    run(app, "districts", "import", str(path))

    found = json.loads(run(app, "districts", "check", "--json").output)["cousub"]

    assert (found["districts"], found["gaps"]) == (kept, 1)
