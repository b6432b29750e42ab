"""Join each seat of a roster to its division, or refuse the whole roster.

- Never by TIGER's names: by division id, or by a state's own label of a district
  (label_matching.py).
- Seats whose district is not loaded or ambiguous stop the import; the refusal lists all.
- Mayors in a state without any loaded place are skipped if the roster has other seats.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from petition.core.errors import ImportRefused
from petition.models import Layer, PostRole
from petition.officials.district_index import DistrictIndex, PostDistrict
from petition.officials.rosters.label_matching import Labels
from petition.officials.rosters.readers.tables import read_table
from petition.officials.rosters.roster import (
    LAYERS,
    NOTHING,
    Entry,
    RosterDivision,
    Where,
    gather_refusals,
)
from petition.officials.rosters.seat_divisions import (
    LOAD,
    describe_seat,
    find_area,
    join_label,
    refuse_unloaded,
)
from petition.officials.rosters.state_labels import list_spellings, spell_label
from petition.postal.us_states import BY_DIVISION, State

MAPPING = ("label", "division_id")
# The layers of mayors, except for the few cities that are county equivalents.
PLACES = (Layer.PLACE, Layer.COUSUB)
OFFER = (
    "Name their divisions in a file for --districts, leave out single ones with --leave-out "
    "LABEL, or leave out all of them with --skip-unjoined. "
)


@dataclass(frozen=True, slots=True)
class Seated:
    """An entry of a roster with its district."""

    entry: Entry
    area: PostDistrict


@dataclass(frozen=True, slots=True)
class Unjoined:
    """Entries without a district for the same reason, which ``refusal`` says."""

    entries: tuple[Entry, ...]
    refusal: ImportRefused


@dataclass(slots=True)
class Joined:
    """A roster's seats with their districts, and the seats left out.

    - ``left_out``: seats named in ``leave_out``; ``skipped``: seats without a district; as text.
    - ``passed``: mayors of states without any loaded place.
    - ``unnamed``: labels in ``leave_out`` that match no seat.
    - ``retained``: source ids of people whose seat is left out, and who must not become former.
    """

    seated: list[Seated] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    passed: list[Entry] = field(default_factory=list)
    retained: set[str] = field(default_factory=set)
    unnamed: list[str] = field(default_factory=list)


def read_labels(path: Path | None, notes: list[str] | None = None) -> Labels:
    """Return the division ids of labels that no rule resolves, from a CSV of label,division_id.

    - Appends to ``notes`` what was corrected in the file.
    """
    if path is None:
        return {}
    table = read_table(path, MAPPING, [] if notes is None else notes)
    if not set(MAPPING) <= set(table.columns):
        raise table.header.refuse(
            "a column is missing", "the columns label and division_id", "add it"
        )
    labels: dict[str, list[str]] = defaultdict(list)
    for where, row in table.rows:
        if not row["label"] or not row["division_id"]:
            raise where.refuse("a cell is empty", "a label and a division id", "fill it in")
        labels[spell_label(row["label"])].append(row["division_id"])
    return labels


def join_entries(
    entries: Iterable[Entry],
    index: DistrictIndex,
    labels: Labels,
    *,
    leave_out: Collection[str] = (),
    skip_unjoined: bool = False,
) -> Joined:
    """Return the entries with their districts, in order.

    - ``leave_out``: labels, or the last parts of division ids, of seats to leave out; ``lower:1``
      means that of one chamber.
    - ``skip_unjoined``: leave out seats without a district.
    - Raises ImportRefused with all entries that have no district, or an ambiguous one.
    """
    entries = list(entries)
    joined = Joined(unnamed=[one for one in leave_out if not _names_any(one, entries)])
    by_file: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if _is_named(entry, leave_out):
            joined.left_out.append(f"{entry.where}: {describe_seat(entry)}")
            _retain(joined, entry)
        else:
            by_file[entry.where.file].append(entry)
    unjoined: list[Unjoined] = []
    for of_file in by_file.values():
        unjoined += _join_file(of_file, index, labels, joined)
    unjoined = _skip_mayors(unjoined, index, joined)
    if unjoined and not (skip_unjoined and joined.seated):
        number = sum(len(one.entries) for one in unjoined)
        refusals = [one.refusal for one in unjoined]
        raise gather_refusals(refusals, f"{number} seats of the roster have no district", OFFER)
    for one in unjoined:
        joined.skipped.append(str(one.refusal).removesuffix(NOTHING).strip())
        for entry in one.entries:
            _retain(joined, entry)
    return joined


def _join_file(
    entries: list[Entry], index: DistrictIndex, labels: Labels, joined: Joined
) -> list[Unjoined]:
    """Join the entries of one file; return those without a district."""
    stateless = any(entry.area.root is None for entry in entries)
    of_file = _find_state(entries, index, labels) if stateless else None
    unjoined: list[Unjoined] = []
    unloaded: dict[tuple[State, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        state = of_file or BY_DIVISION.get(entry.area.root or "")
        try:
            area = (
                join_label(entry, of_file, index, labels)
                if of_file
                else find_area(entry, state, index, labels)
            )
            joined.seated.append(Seated(entry, area))
        except ImportRefused as refused:
            layer = LAYERS.get(entry.role)
            if state and layer and not index.list_districts(layer, state):
                unloaded[state, layer.value].append(entry)
            else:
                unjoined.append(Unjoined((entry,), refused))
    for (state, name), missing in unloaded.items():
        refusal = refuse_unloaded(missing, state, name)
        unjoined.append(Unjoined(tuple(missing), refusal))
    return unjoined


def _find_state(entries: list[Entry], index: DistrictIndex, labels: Labels) -> State:
    """Return the one state whose districts a file without a state names.

    - Numbers alone fit several states, loaded or not: such a file needs ``--state``.
    """
    file = Where(entries[0].where.file, "all rows")
    states = index.list_states({LAYERS[entry.role] for entry in entries})
    if not states:
        raise file.refuse(
            "no legislative districts are loaded", "the districts of the roster's chambers", LOAD
        )
    refusals: list[ImportRefused] = []
    fitting: list[State] = []
    for state in states:
        try:
            for entry in entries:
                join_label(entry, state, index, labels)
            fitting.append(state)
        except ImportRefused as refused:
            refusals.append(refused)
    named = any(re.search(r"[^\W\d_]{4}", entry.area.label) for entry in entries)
    if len(fitting) == 1 and named:
        return fitting[0]
    if not fitting and len(refusals) == 1 and named:
        return states[0]
    raise file.refuse(
        "the file does not name its state, and its labels do not show it",
        "a file named as OpenStates names it (ma.csv), or labels of one state only",
        "give it with --state",
    )


def _skip_mayors(unjoined: list[Unjoined], index: DistrictIndex, joined: Joined) -> list[Unjoined]:
    """Leave mayors of states without any loaded place out, if the roster has other seats."""
    if not joined.seated:
        return unjoined
    kept: list[Unjoined] = []
    for one in unjoined:
        entry = one.entries[0]
        state = BY_DIVISION.get(entry.area.root or "")
        if entry.role == PostRole.MAYOR and not entry.alone and state:
            if not index.has_any(state, PLACES):
                joined.passed.append(entry)
                _retain(joined, entry)
                continue
        kept.append(one)
    return kept


def _retain(joined: Joined, entry: Entry) -> None:
    if entry.person is not None:
        joined.retained.add(entry.person.source_id)


def _is_named(entry: Entry, leave_out: Collection[str]) -> bool:
    return any(_names_any(label, [entry]) for label in leave_out)


def _names_any(label: str, entries: Iterable[Entry]) -> bool:
    """Return whether a label to leave out matches one of these seats."""
    role, _, rest = label.partition(":")
    if role not in set(PostRole) or not rest:
        role, rest = "", label
    spelled = spell_label(rest)
    return any(
        role in ("", entry.role)
        and (rest == entry.area.division_id or spelled in _list_spellings(entry.area))
        for entry in entries
    )


def _list_spellings(area: RosterDivision) -> set[str]:
    return list_spellings(area.division_id) if area.division_id else {spell_label(area.label)}
