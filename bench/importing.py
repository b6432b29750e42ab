"""Importing beside bare parsing of the same file: each layer, of either format, time and memory.

The files are made of the 3,233 county polygons of the demonstration (a million vertices), with the
fields of each layer, so that they weigh the same. The floor is pyshp or json, then shapely: every
row parsed into a polygon and written as WKB, nothing checked, identified or stored. Which ZIP codes
reach into which districts is worked out by an import as well, and has a row of its own.
"""

import json
import multiprocessing
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import shapefile
import shapely
from flask_migrate import upgrade
from shapely.geometry import shape

from bench.locating import _open_app as open_app
from bench.locating import _read_peak as read_peak
from bench.rows import Row
from petition.boundaries.boundary_sets import store_set
from petition.boundaries.divisions.division_rules import NAMED
from petition.boundaries.importing.set_import import Order, import_file, prepare_set
from petition.boundaries.shapes import keep_shapes
from petition.core.extensions import get_settings, transaction
from petition.demo.county_polygons import find_wheel_file
from petition.models import Layer
from petition.postal.us_states import BY_FIPS
from petition.postal.zip_places import load_postal_codes

TIME, MEMORY = "<= 1.50", "<= 1.50"
# All 42,000 ZIP codes among 3,233 districts; a state has a fiftieth of that.
TIME_WITH_ZIPS = "<= 8.00"
MOST_IN_CONGRESS = 97


def run() -> list[Row]:
    """Import each layer once into a SQLite of its own; takes about a minute."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name, open_app(name):
        folder = Path(name)
        upgrade()
        for layer in ("county", "place", "cousub", "sldu", "cd", "zcta"):
            rows.append(_compare(f"import {layer}, zip", make_file(folder, layer), store, TIME))
        county = folder / "tl_2016_us_county.zip"
        geojson = make_geojson(folder, county)
        rows.append(_compare("import county, GeoJSON", geojson, store, TIME))
        with_zips = make_file(folder, "sldl")
        rows.append(_compare("import sldl with its ZIPs", with_zips, import_all, TIME_WITH_ZIPS))
        ours, bare = (_measure_peak(work, county) for work in (_import_alone, _parse_alone))
        rows.append(("memory of an import, zip", ours, bare, "MB", ours / bare, MEMORY))
    return rows


def store(path: Path) -> None:
    """Import a file without working out its ZIP codes."""
    prepared = prepare_set(Order(path), path.name)
    with transaction() as session:
        store_set(session, prepared.new, actor="bench")
    keep_shapes(get_settings().boundaries_dir, prepared.new.packed)


def import_all(path: Path) -> None:
    """Import a file as the command does."""
    import_file(Order(path))


def make_file(folder: Path, layer: str) -> Path:
    """Write the counties' polygons as a zip of the layer."""
    path = folder / f"tl_2016_us_{layer}.shp"
    wheel = find_wheel_file()
    with shapefile.Reader(str(wheel)) as reader, shapefile.Writer(str(path)) as writer:
        codes = iter(sorted(load_postal_codes()))
        fields = [
            relabel(layer, record.as_dict(), codes, number)
            for number, record in enumerate(reader.iterRecords(), start=1)
        ]
        for name in next(found for found in fields if found):
            writer.field(name, "C", 100)
        for found, polygon in zip(fields, reader.iterShapes(), strict=True):
            if found:
                writer.shape(polygon)
                writer.record(**found)
    target = path.with_suffix(".zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for suffix in (".shp", ".shx", ".dbf"):
            archive.write(path.with_suffix(suffix), path.with_suffix(suffix).name)
            path.with_suffix(suffix).unlink()
    return target


def relabel(
    layer: str, county: dict[str, Any], codes: Iterator[str], number: int
) -> dict[str, str]:
    """Return the fields that the county's polygon has in a file of the layer; none: it has none."""
    state, code = county["STATEFP"], county["COUNTYFP"]
    name = {"NAME": county["NAME"], "NAMELSAD": f"{county['NAME']} {number}", "STATEFP": state}
    match layer:
        case "county":
            return {**name, "LSAD": county["LSAD"], "COUNTYFP": code, "GEOID": state + code}
        case "place":
            return {**name, "PLACEFP": f"{number:05}", "GEOID": f"{state}{number:05}"}
        case "cousub":
            return {**name, "COUSUBFP": f"{number:05}", "GEOID": f"{state}{code}{number:05}"}
        case "sldu" | "sldl":
            named = (BY_FIPS[state].code, Layer(layer)) in NAMED
            field = "SLDUST" if layer == "sldu" else "SLDLST"
            return {} if named else {**name, field: code, "GEOID": state + code}
        case "cd":
            seat = (int(code) + 1) // 2
            if seat > MOST_IN_CONGRESS or not int(code) % 2:
                return {}
            return {**name, "CD119FP": f"{seat:02}", "GEOID": f"{state}{seat:02}"}
    zip_code = next(codes)
    return {"ZCTA5CE20": zip_code, "GEOID20": zip_code}


def make_geojson(folder: Path, path: Path) -> Path:
    """Write the same as GeoJSON."""
    target = folder / "tl_2016_us_county.geojson"
    with shapefile.Reader(str(path)) as reader, target.open("w") as file:
        json.dump(reader.__geo_interface__, file)
    return target


def parse_bare(path: Path) -> list[bytes]:
    """Return the WKB of each row, by pyshp or json and shapely alone."""
    if path.suffix == ".geojson":
        features = json.loads(path.read_bytes())["features"]
        return [shapely.to_wkb(shape(feature["geometry"])) for feature in features]
    with shapefile.Reader(str(path)) as reader:
        return [
            shapely.to_wkb(shape(item.shape.__geo_interface__))
            for item in reader.iterShapeRecords()
        ]


def _compare(name: str, path: Path, work: Callable[[Path], None], target: str) -> Row:
    bare = min(_time(lambda: parse_bare(path)) for _ in range(2))
    ours = _time(lambda: work(path))
    return name, ours, bare, "ms", ours / bare, target


def _measure_peak(work: Callable[[str, str], float], path: Path) -> float:
    """Megabytes at the most of a fresh process that does the work."""
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(path, folder)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            return pool.apply(work, (folder, copy))


def _import_alone(folder: str, path: str) -> float:
    with open_app(folder):
        upgrade()
        import_file(Order(Path(path)))
        return read_peak()


def _parse_alone(folder: str, path: str) -> float:
    with open_app(folder):
        upgrade()
        parse_bare(Path(path))
        return read_peak()


def _time(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return (perf_counter() - start) * 1000
