"""Import a boundary file as one boundary set, in one transaction."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import func, select

from petition.boundaries.boundary_sets import COUNTRY, NewDistrict, NewSet, make_set, store_set
from petition.boundaries.divisions.mappings.mapping_files import read_mapping
from petition.boundaries.importing.areas import Progress, ReadFile, read_areas
from petition.boundaries.importing.division_assignment import assign_divisions
from petition.boundaries.importing.overlays import find_overlays
from petition.boundaries.importing.readers.shapefile import digest_file
from petition.boundaries.postal_areas import index_postal_codes
from petition.boundaries.shapes import keep_shapes
from petition.core.errors import ImportRefused
from petition.core.extensions import db, get_settings, transaction
from petition.models import BoundarySet, BoundaryState, District, Layer
from petition.postal.us_states import BY_CODE, State


@dataclass(frozen=True, slots=True)
class ImportedSet:
    """The result of an import.

    - ``boundary_set_id``: None after a dry run of a file that is not stored.
    - ``districts`` in the set, ``by_mapping`` of them with an id from the mapping.
    - ``skipped``: rows left out, by the reason; ``mended``: GEOIDs whose polygon was invalid and
      was made valid. ``read`` is False where the file was not parsed and these are not known.
    - ``changed``: False when the same set was stored already.
    """

    boundary_set_id: int | None
    layer: str
    scope: str
    state: str
    districts: int
    in_force_from: date | None = None
    by_mapping: int = 0
    skipped: Mapping[str, int] = field(default_factory=Counter)
    mended: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    read: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What to import, and how.

    - ``layer``: the expected layer. ``scope``: only the rows of that state, or all as the
      country's; None: the country's where the file has several states, else the state's.
    - ``ids``: a mapping of division ids; ``effective_from``: the planned date of the set.
    """

    path: Path
    layer: str | None = None
    scope: str | None = None
    ids: Path | None = None
    effective_from: date | None = None

    @property
    def state(self) -> State | None:
        """The state of the scope; None for the country or without one."""
        if self.scope in (None, COUNTRY):
            return None
        if self.scope.upper() not in BY_CODE:
            raise ImportRefused(f"{self.scope!r} is not a scope; expected us or a state such as ma")
        return BY_CODE[self.scope.upper()]

    def name_source(self) -> str:
        """Return the identity of this import: the files' names and SHA-256, and the scope."""
        parts = [f"{self.path.name} sha256:{digest_file(self.path)}"]
        if self.ids is not None:
            parts.append(f"ids {self.ids.name} sha256:{digest_file(self.ids)}")
        if self.scope is not None:
            parts.append(f"scope {self.scope}")
        return "; ".join(parts)


def import_file(
    order: Order,
    *,
    actor: str = "cli",
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportedSet:
    """Store a boundary file's districts as a loaded set, beside the existing ones.

    - The same file with the same mapping again changes nothing, and is not parsed.
    - Nothing is put in force. ``dry_run`` does everything except storing.
    - Raises ImportRefused with file, row, what was expected and what to do.
    """
    source = order.name_source()
    done = find_imported(source)
    if done is not None:
        _check_layer(order, done.layer)
        return done
    prepared = prepare_set(order, source, progress)
    if dry_run:
        return prepared.report()
    with transaction() as session:
        stored, is_new = store_set(session, prepared.new, actor=actor)
        if is_new:
            index_postal_codes(session, stored.id)
        done = prepared.report(stored, changed=is_new)
    keep_shapes(get_settings().boundaries_dir, prepared.new.packed)
    return done


@dataclass(frozen=True, slots=True)
class Prepared:
    """A set that is ready to be stored, with the data of its report."""

    new: NewSet
    read: ReadFile
    by_mapping: int

    def report(self, stored: BoundarySet | None = None, *, changed: bool = False) -> ImportedSet:
        """Return the result of the import; ``stored`` is None after a dry run."""
        return ImportedSet(
            boundary_set_id=stored.id if stored else None,
            layer=self.new.layer,
            scope=self.new.scope,
            state=stored.state if stored else BoundaryState.LOADED,
            districts=len(self.new.districts),
            in_force_from=stored.in_force_from if stored else self.new.in_force_from,
            by_mapping=self.by_mapping,
            skipped=self.read.skipped,
            mended=tuple(self.read.mended),
            notes=tuple(self.read.notes),
            read=True,
            changed=changed,
        )


def prepare_set(order: Order, source: str, progress: Progress | None = None) -> Prepared:
    """Return the set of a file; nothing is stored."""
    mapping = read_mapping(order.ids) if order.ids is not None else None
    read = read_areas(order.path, order.layer, order.state, progress)
    assigned = assign_divisions(order.path.name, read.layer, read.areas, mapping, _find_counties)
    over = find_overlays(read.layer, read.areas)
    districts = [
        NewDistrict(area.geoid, division, name, area.state.code, area.wkb, area.geoid in over)
        for area, division, name in zip(
            read.areas, assigned.division_ids, assigned.names, strict=True
        )
    ]
    scope = order.scope or _find_scope(read)
    new = make_set(read.layer, scope, source, districts, order.effective_from)
    return Prepared(new, read, assigned.by_mapping)


def find_imported(source: str) -> ImportedSet | None:
    """Return the newest set that was stored from this source; None when there is none."""
    row = db.session.execute(
        select(BoundarySet, func.count())
        .join(District, District.boundary_set_id == BoundarySet.id)
        .where(BoundarySet.source == source)
        .group_by(BoundarySet.id)
        .order_by(BoundarySet.id.desc())
        .limit(1)
    ).first()
    done = None
    if row is not None:
        stored, districts = row
        done = ImportedSet(
            stored.id, stored.layer, stored.scope, stored.state, districts, stored.in_force_from
        )
    db.session.rollback()  # reading a file may take a minute; no transaction stays open that long
    return done


def _check_layer(order: Order, layer: str) -> None:
    if order.layer not in (None, layer):
        raise ImportRefused(
            f"{order.path.name}: a file of the layer {layer}, but --layer is {order.layer}; leave "
            "--layer out or give the other file"
        )


def _find_scope(read: ReadFile) -> str:
    states = {area.state.code for area in read.areas}
    return states.pop().lower() if len(states) == 1 else COUNTRY


def _find_counties() -> dict[str, str]:
    """Return the division ids of the stored counties by GEOID; the newest set's where several."""
    rows = db.session.execute(
        select(District.geoid, District.division_id)
        .where(District.layer == Layer.COUNTY)
        .order_by(District.boundary_set_id)
    ).all()
    db.session.rollback()
    return {geoid: division for geoid, division in rows}
