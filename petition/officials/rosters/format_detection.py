"""Detect the format of each file by its content, and read all files into one roster."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from petition.core.errors import ImportRefused
from petition.officials.rosters.readers import bodies, congress, openstates_csv, openstates_yaml
from petition.officials.rosters.readers.roster_files import (
    SAVE_AS,
    SUFFIXES,
    TABLES,
    WORKBOOKS,
    read_documents,
)
from petition.officials.rosters.readers.tables import Table, read_table
from petition.officials.rosters.roster import (
    DistrictOffices,
    Entry,
    Roster,
    RosterPerson,
    Where,
    gather_refusals,
    list_blank_names,
    list_duplicate_ids,
    refuse,
)
from petition.postal.us_states import BY_CODE, State

# Folders of the OpenStates repository with people who hold no office.
PASSED_FOLDERS = frozenset({"retired", "committees"})
FORMATS = (
    "an OpenStates people CSV or YAML, a congress-legislators YAML, or the CSV for bodies that "
    "docs/officials.md describes"
)
COLUMNS = frozenset(
    bodies.REQUIRED + bodies.OPTIONAL + openstates_csv.REQUIRED + openstates_csv.OPTIONAL
)
# The real download of a state is ``ma.csv``.
_STATE_FILE = re.compile(r"(?:openstates[_-])?([a-z]{2})|openstates[_-]([a-z]{2})[_-].*")


@dataclass(slots=True)
class _Reading:
    """What has been read so far, and the refusals."""

    today: date
    state: State | None
    notes: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    offices: list[DistrictOffices] = field(default_factory=list)
    seen: list[tuple[Where, str]] = field(default_factory=list)
    passed: int = 0
    refusals: list[ImportRefused] = field(default_factory=list)

    def collect_refusal(self, read: Callable[..., None], *arguments: Any) -> None:
        """Call a reader; its refusal is added to the others."""
        try:
            read(*arguments)
        except ImportRefused as refused:
            self.refusals.append(refused)

    def add_entry(self, entry: Entry) -> None:
        """Add a row of a table, or a member of Congress."""
        self.seen.append((entry.where, _name_entry(entry)))
        self.entries.append(entry)

    def read_csv(self, path: Path) -> None:
        """Read the rows of a table."""
        table = read_table(path, COLUMNS, self.notes)
        read = self._choose_reader(table, path)
        for where, row in table.rows:
            self.collect_refusal(lambda where, row: self.add_entry(read(where, row)), where, row)

    def read_yaml(self, path: Path) -> None:
        """Read the documents and items of a YAML file."""
        for where, kind, item in _detect_items(path, self.notes):
            self.collect_refusal(self.read_item, where, kind, item)

    def read_item(self, where: Where, kind: str, item: Any) -> None:
        """Read a document or an item of a YAML file."""
        if kind == "offices":
            self.offices.append(congress.read_offices(where, item))
        elif kind == "member":
            self.add_entry(congress.read_member(where, item))
        else:
            found = openstates_yaml.read_person(where, item, self.today)
            self.seen.append((where, _name_entry(found[0]) if found else item["id"]))
            self.passed += not found
            self.entries += found

    def _choose_reader(self, table: Table, path: Path) -> Callable[..., Entry]:
        if "division_id" in table.columns:
            _require(table, bodies.REQUIRED)
            bodies.check_columns(table)
            return bodies.read_body
        if {"current_district", "current_chamber"} & set(table.columns):
            _require(table, openstates_csv.REQUIRED)
            named = self.state or _find_state(path)
            root = named.division_id if named else None
            covered = openstates_csv.list_covered(table)
            return lambda where, row: openstates_csv.read_legislator(where, row, root, covered)
        raise table.header.refuse(
            "its columns match no known format", FORMATS, "check that it is the right file"
        )


def read_roster(paths: Iterable[Path], today: date, state: State | None = None) -> Roster:
    """Return the content of all the files and folders; ``state`` leaves out other states' people.

    - Raises ImportRefused with every row that has none of the formats.
    """
    reading = _Reading(today, state)
    files = list_files(paths)
    for path in files:
        if path.suffix.lower() in TABLES:
            reading.collect_refusal(reading.read_csv, path)
        else:
            reading.collect_refusal(reading.read_yaml, path)
    reading.refusals += list_blank_names(reading.entries)
    reading.refusals += list_duplicate_ids(reading.seen)
    reading.refusals += list_duplicate_ids(
        (found.where, found.source_id) for found in reading.offices
    )
    if reading.refusals:
        raise gather_refusals(
            reading.refusals, f"{len(reading.refusals)} rows or files cannot be used", ""
        )
    entries = reading.entries
    if not (entries or reading.offices or reading.passed):
        raise refuse(files[0].name, "it names no one in office", FORMATS, "name another")
    if state is not None:
        entries = [entry for entry in entries if entry.area.root == state.division_id]
    joined = _join_offices(entries, reading.offices)
    return Roster(*joined, passed_over=reading.passed, notes=tuple(reading.notes))


def list_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files, and the YAML files in the folders and below, in order, each once."""
    files: dict[Path, None] = {}
    for path in paths:
        found = _list_folder(path) if path.is_dir() else [path]
        if not found:
            raise refuse(
                path.name, "the folder has no YAML file", "*.yml or *.yaml", "name another"
            )
        for file in found:
            if file.suffix.lower() not in SUFFIXES:
                remedy = SAVE_AS if file.suffix.lower() in WORKBOOKS else "rename it"
                raise refuse(file.name, "its file type is not known", FORMATS, remedy)
            files[file] = None
    return list(files)


def _list_folder(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in (".yml", ".yaml")
        and path.is_file()
        and not PASSED_FOLDERS & set(path.relative_to(folder).parts[:-1])
    )


def _name_entry(entry: Entry) -> str:
    if entry.person is not None:
        return entry.person.source_id
    return f"{entry.area.division_id} {entry.role} {entry.title}"


def _require(table: Table, columns: Sequence[str]) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise table.header.refuse(
            f"the column {', '.join(missing)} is missing",
            f"the columns {', '.join(columns)}",
            "export it again with all columns",
        )


def _find_state(path: Path) -> State | None:
    named = _STATE_FILE.fullmatch(path.stem.lower())
    return BY_CODE.get((named[1] or named[2]).upper()) if named else None


def _detect_items(path: Path, notes: list[str]) -> Iterator[tuple[Where, str, Any]]:
    """Yield each person or member of a YAML file with its place and kind."""
    for number, document in enumerate(read_documents(path, notes), 1):
        where = Where(path.name, f"document {number}", notes)
        if openstates_yaml.is_person(document):
            yield where, "person", document
        elif isinstance(document, list) and document:
            for place, item in enumerate(document, 1):
                if not openstates_yaml.is_passed(item):
                    yield _detect_item(Where(path.name, f"item {place}", notes), item)
        elif not openstates_yaml.is_passed(document):
            raise where.refuse(
                "its structure is not known", FORMATS, "check that it is the right file"
            )


def _detect_item(where: Where, item: object) -> tuple[Where, str, Any]:
    if openstates_yaml.is_person(item):
        return where, "person", item
    if congress.is_member(item):
        return where, "member", item
    if congress.is_office_list(item):
        return where, "offices", item
    raise where.refuse("its structure is not known", FORMATS, "check that it is the right file")


def _join_offices(
    entries: list[Entry], offices: list[DistrictOffices]
) -> tuple[tuple[Entry, ...], tuple[DistrictOffices, ...]]:
    """Add the district offices to the members; return those of other members separately."""
    known = {found.source_id: found for found in offices}
    joined = tuple(
        replace(entry, person=_add_offices(entry.person, known.pop(entry.person.source_id, None)))
        if entry.person
        else entry
        for entry in entries
    )
    return joined, tuple(known.values())


def _add_offices(person: RosterPerson, found: DistrictOffices | None) -> RosterPerson:
    if found is None:
        return person
    return replace(person, offices=(*person.offices, *found.offices), covered=None)
