"""Floterials: found in a file of New Hampshire, matched beside the districts under them."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from flask.ctx import AppContext
from shapely import box
from sqlalchemy import select

from petition.boundaries.checks.set_checks import check_districts
from petition.boundaries.importing.layer_detection import find_layer
from petition.boundaries.importing.overlays import choose_overlays
from petition.boundaries.importing.set_import import Order, import_file
from petition.boundaries.polygons import Area, LayerBoundaries
from petition.core.extensions import db
from petition.models import District

LEFT, RIGHT = box(-71.5, 43.4, -71.42, 43.6), box(-71.42, 43.4, -71.3, 43.6)
BOTH = box(-71.5, 43.4, -71.3, 43.6)
HALF = box(-71.46, 43.4, -71.35, 43.6)
IDS = """
os-id-prefix: ocd-division/country:us/state:nh
id-mappings:
  custom:
"""


def write_file(folder: Path, state: str, *shapes: object) -> Order:
    """Write a file of house districts with the mapping that names them."""
    features, pairs = [], IDS.replace("state:nh", f"state:{'nh' if state == '33' else 'vt'}")
    for number, shape in enumerate(shapes, start=1):
        geoid = f"{state}00{number}"
        fields = {"STATEFP": state, "GEOID": geoid, "SLDLST": f"00{number}", "NAME": f"D {number}"}
        features.append(
            {"type": "Feature", "properties": fields, "geometry": shapely.geometry.mapping(shape)}
        )
        prefix = "ocd-division/country:us/state:" + ("nh" if state == "33" else "vt")
        pairs += f"    - {{sld-id: sldl-{geoid}, os-id: '{prefix}/sldl:belknap_{number}'}}\n"
    path, ids = folder / "sldl.geojson", folder / "ids.yml"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    ids.write_text(pairs)
    return Order(path, ids=ids)


def test_a_floterial_is_found_on_import_and_is_no_error_of_the_check(
    context: AppContext, tmp_path: Path
) -> None:
    done = import_file(write_file(tmp_path, "33", LEFT, RIGHT, BOTH))

    over = db.session.scalars(select(District.geoid).where(District.overlays)).all()
    db.session.rollback()
    (layer,) = check_districts(done.boundary_set_id).layers
    assert over == ["33003"]
    assert layer.overlaps == ()


@pytest.mark.parametrize(
    ("state", "over"), [("33", HALF), ("50", BOTH)], ids=["half of two", "in another state"]
)
def test_an_overlap_that_is_no_floterial_stays_one(
    context: AppContext, tmp_path: Path, state: str, over: object
) -> None:
    done = import_file(write_file(tmp_path, state, LEFT, RIGHT, over))

    (layer,) = check_districts(done.boundary_set_id).layers
    assert len(layer.overlaps) == 2
    assert not db.session.scalars(select(District.id).where(District.overlays)).all()


def test_of_several_over_each_other_the_fewest_are_chosen() -> None:
    polygons = np.array([BOTH, LEFT, RIGHT, box(-71.3, 43.4, -71.2, 43.6)], object)

    assert choose_overlays(polygons) == [0]
    assert choose_overlays(polygons[1:]) == []


def test_a_point_lies_in_its_own_district_and_in_the_one_over_it() -> None:
    areas = [
        Area(1, "33009", "Left", "NH"),
        Area(2, "33002", "Right", "NH"),
        Area(3, "33001", "Both", "NH", overlays=True),
    ]
    layer = LayerBoundaries(areas, np.array([LEFT, RIGHT, BOTH], object))
    east, north = np.array([-71.45, -71.35, -71.0]), np.array([43.5, 43.5, 43.5])

    own = layer.match(east, north, ["NH"] * 3).tolist()
    over = layer.match_over(east, north, ["NH", "MA", "NH"])

    assert own == [1, 2, -1]
    assert over == [(0, 3)]
    assert (layer.list_over(1), layer.list_over(3)) == ([3], [])


def test_the_bureaus_files_of_states_are_a_layer() -> None:
    fields = {"STATEFP", "STATENS", "GEOID", "STUSPS", "NAME", "LSAD"}

    assert find_layer("cb_2024_us_state_500k.zip", fields, "") == "state"
    assert find_layer("any.geojson", {"GEOID", "NAME"}, "G4000") == "state"


def test_a_state_is_imported_from_its_polygon(context: AppContext, tmp_path: Path) -> None:
    fields = {"STATEFP": "72", "STATENS": "01779808", "GEOID": "72", "NAME": "Puerto Rico"}
    feature = {
        "type": "Feature",
        "properties": fields,
        "geometry": shapely.geometry.mapping(box(-67.3, 17.9, -65.2, 18.5)),
    }
    path = tmp_path / "state.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))

    import_file(Order(path))

    district = db.session.scalars(select(District)).one()
    assert (district.layer, district.name) == ("state", "Puerto Rico")
    assert district.division_id == "ocd-division/country:us/territory:pr"
