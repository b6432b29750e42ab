"""Check that the coordinates of a file are degrees of NAD83 or WGS84.

The two differ by one or two meters in the United States, less than the Census Bureau's own
accuracy, so they are treated as the same.
"""

import json
import re
from typing import Any

from petition.core.errors import ImportRefused

REMEDY = (
    "expected geographic coordinates of NAD83 or WGS84 (EPSG 4269 or 4326), as the Census "
    "Bureau's files have: reproject it first, for example `ogr2ogr -t_srs EPSG:4269 out.shp in.shp`"
)
# Names used by ESRI, GDAL and the EPSG registry, without "GCS", in lower case without punctuation.
GEOGRAPHIC = {
    "northamerican1983",
    "nad83",
    "nad1983",
    "wgs1984",
    "wgs84",
    "wgs84crs84",
    "crs84",
    "ogccrs84",
}
KEYWORDS = {"GEOGCS", "GEOGCRS", "GEODCRS", "GEOGRAPHICCRS"}
_FIRST = re.compile(r'\s*([A-Z]+)\s*[\[(]\s*"([^"]{1,200})"')
_CODE = re.compile(r"\b(?:CRS:?84|EPSG:{1,2}(?:[\d.]*:)?(?:4326|4269))$", re.IGNORECASE)


def check_prj(name: str, text: str) -> None:
    """Refuse a .prj (WKT, version 1 or 2) of anything but NAD83 or WGS84 in degrees.

    - Raises ImportRefused with the projection's own name.
    """
    match = _FIRST.match(text)
    if match is None:
        raise ImportRefused(f"{name}: its .prj is not WKT ({text[:40]!r}); {REMEDY}")
    keyword, title = match.groups()
    if keyword not in KEYWORDS or _spell(title) not in GEOGRAPHIC:
        raise ImportRefused(f"{name}: its coordinates are {title!r}; {REMEDY}")


def check_crs(name: str, member: Any) -> None:
    """Refuse a GeoJSON's ``crs`` member (of the standard before RFC 7946) of anything else.

    - None: there is no such member, and the standard says WGS84.
    """
    if member is None:
        return
    properties = member.get("properties") if isinstance(member, dict) else None
    title = properties.get("name") if isinstance(properties, dict) else None
    if isinstance(title, str) and _CODE.search(title):
        return
    shown = title if isinstance(title, str) else json.dumps(member)[:60]
    raise ImportRefused(f"{name}: its coordinates are {shown!r}; {REMEDY}")


def _spell(title: str) -> str:
    return re.sub(r"[^a-z0-9]", "", title.lower()).removeprefix("gcs")
