"""The boundary sets in force, loaded once per process and reloaded when the sets change."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.boundaries.polygons import Area, Boundaries, LayerBoundaries
from petition.boundaries.shapes import (
    Geometries,
    digest_shapes,
    keep_shapes,
    pack_shapes,
    read_shapes,
    unpack_shapes,
)
from petition.core.errors import BoundariesUnavailable, StorageCorrupt
from petition.core.extensions import get_settings, keep_for_app
from petition.core.logs import get_logger
from petition.models import BoundarySet, BoundaryState, District, DistrictShape

log = get_logger(__name__)


class ActiveSet(NamedTuple):
    """The columns of a boundary set by which a loaded copy is recognized as current."""

    layer: str
    scope: str
    id: int
    digest: str


@dataclass
class _Loaded:
    """The loaded sets in one object, so that a reader never sees half of a change."""

    sets: tuple[ActiveSet, ...]
    layers: dict[tuple[ActiveSet, ...], LayerBoundaries]
    boundaries: Boundaries


def get_boundaries(session: Session) -> Boundaries:
    """Return the boundaries in force.

    - One small query checks whether the loaded ones are current; only a changed layer is loaded.
    - A layer may have a set for the country and sets for states: a state's own takes precedence.
    - Raises BoundariesUnavailable when no set is in force or one cannot be loaded.
    """
    sets = list_active_sets(session)
    if not sets:
        raise BoundariesUnavailable("no boundary set is in force")
    cache = keep_for_app("hundredth-boundaries", _Cache)
    with cache.lock:
        if cache.loaded is None or cache.loaded.sets != sets:
            cache.loaded = _load(session, sets, cache.loaded)
        return cache.loaded.boundaries


def list_active_sets(session: Session, layer: str | None = None) -> tuple[ActiveSet, ...]:
    """Return the boundary sets in force, by layer and scope; of one layer if ``layer`` is given.

    - In a transaction that holds the boundaries lock, none of them can go out of force.
    """
    columns = (BoundarySet.layer, BoundarySet.scope, BoundarySet.id, BoundarySet.digest)
    query = select(*columns).where(BoundarySet.state == BoundaryState.ACTIVE)
    if layer is not None:
        query = query.where(BoundarySet.layer == layer)
    return tuple(sorted(ActiveSet(*row) for row in session.execute(query)))


def load_with(session: Session, stored: BoundarySet) -> Boundaries:
    """Return the boundaries in force with this set in place of the one of its layer and scope."""
    sets = {(active.layer, active.scope): active for active in list_active_sets(session)} | {
        (stored.layer, stored.scope): ActiveSet(
            stored.layer, stored.scope, stored.id, stored.digest
        )
    }
    return _load(session, tuple(sorted(sets.values())), None).boundaries


class FileState(StrEnum):
    """The state of this host's file of a boundary set; all but GOOD only cost loading time."""

    GOOD = "good"
    MISSING = "missing"
    CORRUPT = "corrupt"


def check_files(session: Session) -> dict[ActiveSet, FileState]:
    """Return the state of this host's file for each boundary set in force; nothing is rewritten."""
    return {active: _check_file(active.digest) for active in list_active_sets(session)}


def _check_file(digest: str) -> FileState:
    try:
        packed = read_shapes(get_settings().boundaries_dir, digest)
    except StorageCorrupt:
        return FileState.CORRUPT
    return FileState.MISSING if packed is None else FileState.GOOD


class _Cache:
    def __init__(self) -> None:
        self.lock = Lock()
        self.loaded: _Loaded | None = None


def _load(session: Session, sets: tuple[ActiveSet, ...], before: _Loaded | None) -> _Loaded:
    kept = before.layers if before else {}
    layers = {}
    for _, group in groupby(sets, key=lambda active: active.layer):
        members = tuple(group)
        layers[members] = kept.get(members) or _load_layer(session, members)
    boundaries = Boundaries(
        {members[0].layer: layer for members, layer in layers.items()},
        (active.id for active in sets),
    )
    return _Loaded(sets, layers, boundaries)


def _load_layer(session: Session, sets: Sequence[ActiveSet]) -> LayerBoundaries:
    own = {active.scope.upper() for active in sets if active.scope != "us"}
    areas: list[Area] = []
    parts: list[Geometries] = []
    for active in sets:
        found, polygons = _load_set(session, active)
        keep = [i for i, area in enumerate(found) if active.scope != "us" or area.state not in own]
        areas.extend(found[index] for index in keep)
        parts.append(polygons[keep])
    return LayerBoundaries(areas, np.concatenate(parts))


def _load_set(session: Session, active: ActiveSet) -> tuple[list[Area], Geometries]:
    columns = (District.id, District.geoid, District.name, District.state, District.overlays)
    rows = session.execute(select(*columns).where(District.boundary_set_id == active.id))
    areas = sorted((Area(*row) for row in rows), key=lambda area: area.geoid)
    geoids, polygons = unpack_shapes(_fetch_shapes(session, active))
    if geoids != [area.geoid for area in areas]:
        raise BoundariesUnavailable(f"boundary set {active.id}: shapes of other districts")
    log.info("boundaries.loaded", set=active.id, layer=active.layer, districts=len(areas))
    return areas, polygons


def _fetch_shapes(session: Session, active: ActiveSet) -> bytes:
    """Return the set's shapes from this host's file, or from the database and rewrite the file."""
    folder: Path = get_settings().boundaries_dir
    try:
        packed = read_shapes(folder, active.digest)
    except StorageCorrupt:
        log.warning("boundaries.file-corrupt", set=active.id)
        packed = None
    if packed is None:
        packed = pack_shapes(_read_stored(session, active.id))
        if digest_shapes(packed) != active.digest:
            raise BoundariesUnavailable(f"boundary set {active.id}: wrong digest in the database")
        keep_shapes(folder, packed)
    return packed


def _read_stored(session: Session, set_id: int) -> dict[str, bytes]:
    rows = session.execute(
        select(District.geoid, DistrictShape.wkb)
        .join(DistrictShape, DistrictShape.district_id == District.id)
        .where(District.boundary_set_id == set_id)
    )
    return {geoid: bytes(wkb) for geoid, wkb in rows}
