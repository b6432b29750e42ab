"""Joins each seat of a roster to the division it belongs to, or refuses the whole roster.

- Never on TIGER's names: by division id, or by a state's own label of a district (labels.py).
- A seat whose district is not loaded, or could be two, stops the import.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from petition.errors import ImportRefused
from petition.models import PostRole
from petition.officials.ground import STATE_LAYER, Area, Ground
from petition.officials.labels import list_spellings, spell_label
from petition.officials.readers.tables import read_table
from petition.officials.roster import LAYERS, Entry, Where
from petition.us_states import BY_DIVISION, State

Labels = Mapping[str, Sequence[str]]
LOAD = "load its boundary set first: petition districts import"


@dataclass(frozen=True, slots=True)
class Seated:
    """An entry of a roster with its district."""

    entry: Entry
    area: Area


def read_labels(path: Path | None) -> Labels:
    """Return the division ids of labels that no rule can tell, from a CSV of label,division_id."""
    if path is None:
        return {}
    table = read_table(path, ("label", "division_id"), [])
    if not {"label", "division_id"} <= set(table.columns):
        raise Where(table.name, "row 1").refuse(
            "a column is missing", "the columns label and division_id", "add it"
        )
    labels: dict[str, list[str]] = defaultdict(list)
    for where, row in table.rows:
        if not row["label"] or not row["division_id"]:
            raise where.refuse("a cell is empty", "a label and a division id", "fill it in")
        labels[spell_label(row["label"])].append(row["division_id"])
    return labels


def join_entries(entries: Iterable[Entry], ground: Ground, labels: Labels) -> list[Seated]:
    """Return the entries with their districts, in order.

    - Raises ImportRefused for the first that has none, or might have two.
    """
    by_file: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_file[entry.where.file].append(entry)
    return [
        Seated(entry, area)
        for of_file in by_file.values()
        for entry, area in zip(of_file, _join_file(of_file, ground, labels), strict=True)
    ]


def _join_file(entries: list[Entry], ground: Ground, labels: Labels) -> list[Area]:
    if any(entry.area.root is None for entry in entries):
        state = _find_state(entries, ground, labels)
        return [_join_label(entry, state, ground, labels) for entry in entries]
    return [_join(entry, ground, labels) for entry in entries]


def _join(entry: Entry, ground: Ground, labels: Labels) -> Area:
    state = BY_DIVISION.get(entry.area.root or "")
    if state is None:
        raise entry.where.refuse(
            f"{entry.area.root} is no state", "a state, district or territory", "mend it"
        )
    if entry.area.division_id is None:
        return _join_label(entry, state, ground, labels)
    area = _find_division(entry.area.division_id, state, ground)
    layer = LAYERS.get(entry.role)
    if area is None or (layer and area.layer != layer and area.layer != STATE_LAYER):
        raise entry.where.refuse(
            f"the division {entry.area.division_id} is not loaded",
            f"a district of {state.name} in force or loaded",
            LOAD,
        )
    if area.layer == STATE_LAYER and entry.role not in (PostRole.US_SENATOR, PostRole.GOVERNOR):
        raise entry.where.refuse(
            f"{area.division_id} is a state as a whole",
            f"the district of the {entry.role.value}",
            "give its division id",
        )
    return area


def _find_division(division_id: str, state: State, ground: Ground) -> Area | None:
    """Return a division's district, by either spelling of a city that calls itself a town.

    - The Census Bureau has Massachusetts' as "Easthampton Town city", its own division ids follow
      that and those of OpenStates do not. No two of that state's towns share a name; elsewhere a
      city and a town do.
    """
    found = ground.find(division_id)
    if found is None and state.code == "MA":
        other = division_id.removesuffix("_town")
        found = ground.find(f"{division_id}_town" if other == division_id else other)
    return found


def _join_label(entry: Entry, state: State, ground: Ground, labels: Labels) -> Area:
    layer = LAYERS[entry.role]
    found = _find_labelled(entry, state, ground, labels)
    if len(found) == 1:
        return found[0]
    loaded = len(ground.list_districts(layer, state))
    problem = "is not among" if not found else "is more than one of"
    wanted = f"{layer.value}:{spell_label(entry.area.label)}"
    remedy = LOAD if not loaded else "name its division in a file for --districts"
    raise entry.where.refuse(
        f"the district {entry.area.label[:80]!r} ({entry.role.value}) {problem} the {loaded} "
        f"loaded districts of {state.name} in the layer {layer.value}",
        f"exactly one whose division id ends as {wanted}",
        remedy,
    )


def _find_labelled(entry: Entry, state: State, ground: Ground, labels: Labels) -> list[Area]:
    spelled = spell_label(entry.area.label)
    districts = ground.list_districts(LAYERS[entry.role], state)
    mapped = [division for division in labels.get(spelled, ()) if _is_within(division, state)]
    if mapped:
        in_layer = [districts[division] for division in mapped if division in districts]
        elsewhere = [ground.by_division[one] for one in mapped if one in ground.by_division]
        return in_layer or elsewhere
    return [area for division, area in districts.items() if spelled in list_spellings(division)]


def _find_state(entries: list[Entry], ground: Ground, labels: Labels) -> State:
    """Return the one state whose districts a file without a state names.

    - Numbers alone fit several states, loaded or not: such a file needs ``--state``.
    """
    file = Where(entries[0].where.file, "all rows")
    states = ground.list_states({LAYERS[entry.role] for entry in entries})
    if not states:
        raise file.refuse(
            "no legislative districts are loaded", "those of the roster's chambers", LOAD
        )
    refusals: list[ImportRefused] = []
    fitting: list[State] = []
    for state in states:
        try:
            for entry in entries:
                _join_label(entry, state, ground, labels)
            fitting.append(state)
        except ImportRefused as refused:
            refusals.append(refused)
    named = any(re.search(r"[^\W\d_]{4}", entry.area.label) for entry in entries)
    if len(fitting) == 1 and named:
        return fitting[0]
    if not fitting and len(refusals) == 1 and named:
        raise refusals[0]
    raise file.refuse(
        "the file does not say which state it is of, and its labels do not tell",
        "a file named as OpenStates does (ma.csv), or labels of one state alone",
        "say it with --state",
    )


def _is_within(division_id: str, state: State) -> bool:
    return f"{division_id}/".startswith(f"{state.division_id}/")
