"""Open Civic Data's lists: CSV files of opencivicdata/ocd-division-ids, identifiers/country-us.

They have a column ``id`` and one or more of GEOIDs, ``census_geoid`` or with a year
(``census_geoid_14``), with values such as ``place-25001``, ``cd-2501``, ``sldu-25D01``. Counties
and towns are ``place-`` as well; a town is listed by its whole GEOID, or as the place that it also
is.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from petition.boundaries.divisions.mappings.mapping import ROOT, read_text
from petition.core.clock import utcnow
from petition.core.errors import ImportRefused
from petition.models import Layer

GEOIDS = "census_geoid"


class CivicDataMapping:
    """Division ids by the list's form of their GEOID."""

    def __init__(self, ids: dict[str, str]) -> None:
        self._ids = ids

    def find(self, layer: str, geoid: str) -> str | None:
        """Return the division id of the layer's area with this GEOID; None when it has none."""
        for key in _list_keys(layer, geoid):
            if key in self._ids:
                return self._ids[key]
        return None


def read_civicdata(path: Path) -> CivicDataMapping:
    """Return the mapping in a CSV of Open Civic Data.

    - Divisions whose ``validThrough`` has passed are left out.
    - Raises ImportRefused when it has no GEOIDs, or two divisions for one.
    """
    rows = csv.DictReader(io.StringIO(read_text(path)))
    columns = rows.fieldnames or []
    geoids = sorted((name for name in columns if name.startswith(GEOIDS)), key=_rank)
    if "id" not in columns or not geoids:
        raise ImportRefused(
            f"{path.name}: it has the columns {', '.join(columns[:8])}; expected id and {GEOIDS}, "
            "because names alone do not identify a district. Give us_census_places.csv or "
            "us_congressional_districts.csv of github.com/opencivicdata/ocd-division-ids, or, "
            "for legislative districts, OpenStates' YAML of the state"
        )
    try:
        return CivicDataMapping(_read_rows(path.name, rows, geoids))
    except csv.Error as error:
        raise ImportRefused(f"{path.name}: row {rows.line_num} cannot be read ({error})") from error


def _read_rows(name: str, rows: "csv.DictReader[str]", geoids: list[str]) -> dict[str, str]:
    today = utcnow().date().isoformat()
    ids: dict[str, str] = {}
    for row in rows:
        if _read_end(row.get("validThrough")) < today:
            continue
        division = (row["id"] or "").strip()
        if not division.startswith(ROOT):
            raise ImportRefused(
                f"{name}: row {rows.line_num} has the id {division!r}; expected {ROOT}/..."
            )
        geoid = next((said for column in geoids if (said := (row[column] or "").strip())), None)
        if geoid is not None and ids.setdefault(geoid, division) != division:
            raise ImportRefused(
                f"{name}: row {rows.line_num}: {geoid} is {division} here and {ids[geoid]} above; "
                "expected only one: remove the wrong one"
            )
    return ids


def _list_keys(layer: str, geoid: str) -> Iterator[str]:
    if layer not in (Layer.COUNTY, Layer.PLACE, Layer.COUSUB):
        yield f"{layer}-{geoid}"
        return
    yield f"place-{geoid}"
    if layer == Layer.COUSUB:
        yield f"place-{geoid[:2]}{geoid[5:]}"


def _rank(column: str) -> tuple[bool, int]:
    """Return a sort key: the column without a year first, then the latest year."""
    year = column.removeprefix(GEOIDS).strip("_")
    return bool(year), -int(year) if year.isdigit() else 0


def _read_end(said: str | None) -> str:
    """Return a date in ISO 8601; a year alone ends on its last day."""
    text = (said or "").strip()
    if not text:
        return date.max.isoformat()
    return f"{text}-12-31" if len(text) == 4 else text
