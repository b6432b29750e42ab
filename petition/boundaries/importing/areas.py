"""Read a boundary file into areas: each checked, its polygon made valid and packed as WKB."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from petition.boundaries.importing.layer_detection import RULES, find_layer
from petition.boundaries.importing.readers.boundary_files import open_boundary_file
from petition.boundaries.importing.readers.features import BoundaryFile, Feature
from petition.boundaries.importing.us_coordinates import check_coordinates
from petition.boundaries.shapes import Geometries
from petition.core.errors import ImportRefused
from petition.models import Layer
from petition.models.officials.district import ZCTA
from petition.postal.us_states import BY_CODE, BY_FIPS, State
from petition.postal.zip_places import load_postal_codes

# Features whose polygons are in memory at a time; of the others only the bytes are kept.
BATCH = 512
UNDEFINED = "not defined (water, mostly)"
ELSEWHERE = "of other states"
UNKNOWN_ZIP = "with a ZIP code that is not in the list of ZIP codes"

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class CensusArea:
    """One row that becomes a district; ``fields`` are text, ``wkb`` its valid polygon."""

    row: int
    geoid: str
    state: State
    fields: Mapping[str, str]
    wkb: bytes

    @property
    def code(self) -> str:
        """The GEOID without the state: ``017`` of a county, ``D01`` of a senate district."""
        return self.geoid[2:]


@dataclass(slots=True)
class ReadFile:
    """The content of a boundary file.

    - ``areas`` by GEOID; ``skipped``: how many rows were left out, by the reason.
    - ``mended``: GEOIDs whose polygon was invalid and was made valid.
    """

    layer: str
    areas: list[CensusArea] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    mended: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_areas(
    path: Path,
    layer: str | None = None,
    state: State | None = None,
    progress: Progress | None = None,
) -> ReadFile:
    """Return the areas of a boundary file.

    - ``layer``: the expected layer; ``state``: only the rows of that state.
    - ``progress`` is called with the number of rows read and the total.
    - Raises ImportRefused with file, row, what was expected and what to do.
    """
    with open_boundary_file(path) as file:
        first = next(file.features, None)
        if first is None:
            raise ImportRefused(f"{file.name}: it has no rows; fetch it again")
        mtfcc = str(first.fields.get("MTFCC") or "")
        read = ReadFile(find_layer(file.name, file.names, mtfcc, layer), notes=list(file.notes))
        _check_fields(file, read.layer)
        features = chain([first], file.features)
        done, outside = 0, 0
        while batch := list(islice(features, BATCH)):
            outside += _read_batch(file.name, batch, read, state)
            done += len(batch)
            if progress is not None:
                progress(done, file.count)
    if outside:
        read.notes.append(
            f"{outside} of its areas are outside the United States; check that it is the right file"
        )
    if not read.areas:
        left = ", ".join(f"{count} {reason}" for reason, count in read.skipped.items())
        raise ImportRefused(f"{path.name}: no area of it is left ({left}); expected at least one")
    read.areas.sort(key=lambda area: area.geoid)
    _refuse_duplicates(path.name, read.areas)
    return read


def _check_fields(file: BoundaryFile, layer: str) -> None:
    needed = ["GEOID"] if layer == ZCTA else ["STATEFP", "GEOID"]
    missing = [name for name in needed if name not in file.names]
    if layer not in (ZCTA, Layer.CD) and not file.names & {"NAME", "NAMELSAD"}:
        missing.append("NAME")
    if missing:
        raise ImportRefused(
            f"{file.name}: it has no field {', '.join(missing)}; expected a file of the Census "
            "Bureau (TIGER/Line or cartographic boundaries)"
        )


def _read_batch(name: str, batch: list[Feature], read: ReadFile, wanted: State | None) -> int:
    """Add the areas of a batch of rows; return how many lie outside the country."""
    kept = list(_select_features(name, batch, read, wanted))
    if not kept:
        return 0
    geometries: Geometries = np.array([feature.geometry for feature, _, _ in kept], object)
    rows = [feature.row for feature, _, _ in kept]
    _check_polygons(name, rows, geometries)
    outside = check_coordinates(name, rows, geometries)
    broken = np.flatnonzero(~shapely.is_valid(geometries))
    if len(broken):
        geometries[broken] = shapely.make_valid(
            geometries[broken], method="structure", keep_collapsed=False
        )
        _check_polygons(name, rows, geometries)
        read.mended.extend(kept[index][1] for index in broken)
    for (feature, geoid, state), wkb in zip(
        kept, shapely.to_wkb(geometries, byte_order=1), strict=True
    ):
        texts = {key: _clean(value) for key, value in feature.fields.items()}
        read.areas.append(CensusArea(feature.row, geoid, state, texts, wkb))
    return outside


def _select_features(
    name: str, batch: list[Feature], read: ReadFile, wanted: State | None
) -> Iterator[tuple[Feature, str, State]]:
    """Yield the features that become areas, each with GEOID and state; count the others."""
    rule = RULES[read.layer]
    for feature in batch:
        geoid = feature.fields.get("GEOID")
        if not isinstance(geoid, str) or not rule.geoid.fullmatch(geoid := geoid.strip()):
            raise ImportRefused(
                f"{name}: row {feature.row} has GEOID {geoid!r}; expected text such as the Census "
                f"Bureau's for {read.layer}, with leading zeros: use the Bureau's file unchanged"
            )
        if _is_undefined(read.layer, geoid):
            read.skipped[UNDEFINED] += 1
            continue
        state = _find_state(name, feature, read.layer, geoid)
        if state is None:
            read.skipped[UNKNOWN_ZIP] += 1
        elif wanted is not None and state != wanted:
            read.skipped[ELSEWHERE] += 1
        else:
            _check_class(name, feature, read.layer)
            yield feature, geoid, state


def _is_undefined(layer: str, geoid: str) -> bool:
    """Return whether a row is the part of a state or county that belongs to no district."""
    return geoid.endswith("ZZ") or (layer == Layer.COUSUB and geoid.endswith("00000"))


def _find_state(name: str, feature: Feature, layer: str, geoid: str) -> State | None:
    if layer == ZCTA:
        place = load_postal_codes().get(geoid)
        return BY_CODE.get(place.state) if place else None
    said = feature.fields.get("STATEFP")
    state = BY_FIPS.get(said.strip()) if isinstance(said, str) else None
    if state is None or not geoid.startswith(state.fips):
        raise ImportRefused(
            f"{name}: row {feature.row} has STATEFP {said!r} and GEOID {geoid}; expected the "
            "two-digit code of a state or territory, with which the GEOID begins"
        )
    return state


def _check_class(name: str, feature: Feature, layer: str) -> None:
    mtfcc = feature.fields.get("MTFCC")
    if mtfcc and mtfcc not in RULES[layer].classes:
        raise ImportRefused(
            f"{name}: row {feature.row} has MTFCC {mtfcc!r}; expected "
            f"{' or '.join(RULES[layer].classes)} in a file of {layer}: give a file of one layer "
            "only"
        )


def _check_polygons(name: str, rows: list[int], geometries: Geometries) -> None:
    kinds = shapely.get_type_id(geometries)
    good = np.isin(kinds, (3, 6)) & ~shapely.is_empty(geometries)
    for index in np.flatnonzero(~good)[:1]:
        shape = geometries[index]
        what = "no shape" if shape is None or shape.is_empty else shape.geom_type
        raise ImportRefused(
            f"{name}: row {rows[index]} is not a polygon ({what}) and cannot be repaired; "
            "expected areas: fetch the file again"
        )


def _refuse_duplicates(name: str, areas: list[CensusArea]) -> None:
    for before, area in zip(areas, areas[1:], strict=False):
        if before.geoid == area.geoid:
            raise ImportRefused(
                f"{name}: GEOID {area.geoid} appears twice, in rows {before.row} and {area.row}; "
                "expected once: remove one of them or fetch the file again"
            )


def _clean(value: Any) -> str:
    return "" if value is None else " ".join(str(value).split())
