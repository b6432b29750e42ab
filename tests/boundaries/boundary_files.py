"""Boundary files as the Census Bureau makes them, of invented squares in Massachusetts."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import shapefile

Ring = list[tuple[float, float]]
Row = tuple[list[Ring], dict[str, Any]]

NAD83 = (
    'GEOGCS["GCS_North_American_1983",DATUM["D_North_American_1983",'
    'SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]]'
)
STATE_PLANE = (
    'PROJCS["NAD_1983_StatePlane_Massachusetts_Mainland_FIPS_2001",'
    f'{NAD83},PROJECTION["Lambert_Conformal_Conic"],UNIT["Meter",1.0]]'
)
# As TIGER/Line 2024 has them; the generalised files leave MTFCC and FUNCSTAT out.
COUNTY = {
    "STATEFP": "25",
    "COUNTYFP": "017",
    "GEOID": "25017",
    "NAME": "Middlesex",
    "NAMELSAD": "Middlesex County",
    "LSAD": "06",
    "MTFCC": "G4020",
    "FUNCSTAT": "N",
}
PLACE = {
    "STATEFP": "25",
    "PLACEFP": "07000",
    "GEOID": "2507000",
    "NAME": "Boston",
    "NAMELSAD": "Boston city",
    "LSAD": "25",
    "MTFCC": "G4110",
    "FUNCSTAT": "A",
}
TOWN = {
    "STATEFP": "25",
    "COUNTYFP": "017",
    "COUSUBFP": "01600",
    "GEOID": "2501701600",
    "NAME": "Arlington",
    "NAMELSAD": "Arlington town",
    "LSAD": "43",
    "MTFCC": "G4040",
    "FUNCSTAT": "A",
}
SENATE = {
    "STATEFP": "09",
    "SLDUST": "005",
    "GEOID": "09005",
    "NAMELSAD": "State Senate District 5",
    "LSAD": "LU",
    "LSY": "2024",
    "MTFCC": "G5210",
    "FUNCSTAT": "N",
}
HOUSE = {
    "STATEFP": "09",
    "SLDLST": "012",
    "GEOID": "09012",
    "NAMELSAD": "State House District 12",
    "LSAD": "LL",
    "LSY": "2024",
    "MTFCC": "G5220",
    "FUNCSTAT": "N",
}
CONGRESS = {
    "STATEFP": "25",
    "CD119FP": "07",
    "GEOID": "2507",
    "NAMELSAD": "Congressional District 7",
    "LSAD": "C2",
    "CDSESSN": "119",
    "MTFCC": "G5200",
    "FUNCSTAT": "N",
}
ZIP_AREA = {"ZCTA5CE20": "02139", "GEOID20": "02139", "MTFCC20": "G6350", "FUNCSTAT20": "S"}


def make_square(column: float, row: float = 0, size: float = 0.1) -> Ring:
    """A square of a grid whose corner is in the middle of Massachusetts, as a shell goes round."""
    west, south = -72 + column * size, 42 + row * size
    east, north = west + size, south + size
    return [(west, south), (west, north), (east, north), (east, south), (west, south)]


def write_shapefile(
    folder: Path,
    rows: Sequence[Row],
    name: str = "tl_2024_25_areas",
    *,
    prj: str | None = NAD83,
    cpg: str | None = "UTF-8",
    encoding: str = "utf-8",
) -> Path:
    """Write a shapefile with its parts; gives the .shp."""
    path = folder / f"{name}.shp"
    with shapefile.Writer(str(path), shapeType=shapefile.POLYGON, encoding=encoding) as writer:
        for field in dict.fromkeys(key for _, fields in rows for key in fields):
            writer.field(field, "C", 100)
        for rings, fields in rows:
            writer.poly(rings)
            writer.record(**fields)
    for suffix, text in ((".prj", prj), (".cpg", cpg)):
        path.with_suffix(suffix).unlink(missing_ok=True)
        if text is not None:
            path.with_suffix(suffix).write_text(text)
    return path


def write_zip(
    folder: Path, rows: Sequence[Row], name: str = "tl_2024_25_areas", **more: Any
) -> Path:
    """Write a shapefile as the zip that the Bureau offers; gives the zip."""
    path = write_shapefile(folder, rows, name, **more)
    target = path.with_suffix(".zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
            part = path.with_suffix(suffix)
            if part.exists():
                archive.write(part, part.name)
                part.unlink()
        archive.writestr(f"{name}.shp.xml", "<metadata/>")
    return target


def write_generalized(
    folder: Path, rows: Sequence[Row], name: str = "cb_2024_25_areas_500k"
) -> Path:
    """Write a cartographic boundary zip: without MTFCC and FUNCSTAT."""
    left = ("MTFCC", "FUNCSTAT")
    fewer = [
        (rings, {key: value for key, value in fields.items() if key not in left})
        for rings, fields in rows
    ]
    return write_zip(folder, fewer, name)


def make_geojson(rows: Sequence[Row], **members: Any) -> str:
    """A feature collection; the first ring of a row is its shell, the others are holes."""
    features = [
        {
            "type": "Feature",
            "properties": fields,
            "geometry": {"type": "Polygon", "coordinates": rings},
        }
        for rings, fields in rows
    ]
    return json.dumps({"type": "FeatureCollection", **members, "features": features})


def write_geojson(
    folder: Path, rows: Sequence[Row], name: str = "tl_2024_25_areas.geojson", **members: Any
) -> Path:
    """Write a GeoJSON; gives its path."""
    path = folder / name
    path.write_text(make_geojson(rows, **members), "utf-8")
    return path


def make_zip(members: Mapping[str, bytes | str]) -> bytes:
    """The bytes of a zip with these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def number(fields: dict[str, Any], code: str, **changes: Any) -> dict[str, Any]:
    """The row of another district of the same state: its code is the end of its GEOID."""
    key = next(key for key in fields if key in ("SLDUST", "SLDLST", "CD119FP", "COUNTYFP"))
    geoid = fields["STATEFP"] + code
    return fields | {key: code, "GEOID": geoid} | changes
