"""Tells which format each file has, by what is in it, and reads them all into one roster."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from petition.officials.readers import bodies, congress, openstates_csv, openstates_yaml
from petition.officials.readers.files import SUFFIXES, Table, read_documents, read_table
from petition.officials.roster import (
    DistrictOffices,
    Entry,
    Roster,
    RosterPerson,
    Where,
    refuse,
    refuse_blank_names,
    refuse_doubles,
)
from petition.us_states import BY_CODE, State

# Parts of the OpenStates repository in which nobody is in office.
PASSED_FOLDERS = frozenset({"retired", "committees"})
FORMATS = (
    "an OpenStates people CSV or YAML, a congress-legislators YAML, or the CSV for bodies that "
    "docs/officials.md describes"
)
# The real download of a state is ``ma.csv``.
_STATE_FILE = re.compile(r"(?:openstates[_-])?([a-z]{2})|openstates[_-]([a-z]{2})[_-].*")


def read_roster(paths: Iterable[Path], today: date, state: State | None = None) -> Roster:
    """Return what all the files and folders say; ``state`` leaves out other states' people.

    - Raises ImportRefused for whatever is not one of the formats.
    """
    entries: list[Entry] = []
    offices: list[DistrictOffices] = []
    seen: list[tuple[Where, str]] = []
    passed = 0
    for path in list_files(paths):
        if path.suffix.lower() == ".csv":
            found = _read_csv(path, state)
            seen += [(entry.where, _name_entry(entry)) for entry in found]
            entries += found
            continue
        for where, kind, item in _recognise(path):
            if kind == "offices":
                offices.append(congress.read_offices(where, item))
                continue
            read = openstates_yaml.read_person if kind == "person" else _read_member
            told = read(where, item, today)
            seen.append((where, _name_entry(told[0]) if told else item["id"]))
            passed += not told
            entries += told
    refuse_blank_names(entries)
    refuse_doubles(seen)
    refuse_doubles((told.where, told.source_id) for told in offices)
    if state is not None:
        entries = [entry for entry in entries if entry.area.root == state.division_id]
    return Roster(*_join_offices(entries, offices), passed_over=passed)


def list_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files, and the YAML files in the folders and below, in one order, each once."""
    files: dict[Path, None] = {}
    for path in paths:
        found = _list_folder(path) if path.is_dir() else [path]
        if not found:
            raise refuse(
                path.name, "the folder has no YAML file", "*.yml or *.yaml", "name another"
            )
        for file in found:
            if file.suffix.lower() not in SUFFIXES:
                raise refuse(file.name, "its name ends in no known way", FORMATS, "rename it")
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


def _read_csv(path: Path, state: State | None) -> list[Entry]:
    table = read_table(path)
    if "division_id" in table.columns:
        _require(table, bodies.REQUIRED)
        return bodies.read_bodies(table)
    if {"current_district", "current_chamber"} & set(table.columns):
        _require(table, openstates_csv.REQUIRED)
        named = state or _find_state(path)
        return openstates_csv.read_people(table, named.division_id if named else None)
    raise Where(path.name, "row 1").refuse(
        "its columns are of no known format", FORMATS, "check that it is the right file"
    )


def _name_entry(entry: Entry) -> str:
    if entry.person is not None:
        return entry.person.source_id
    return f"{entry.area.division_id} {entry.role} {entry.title}"


def _require(table: Table, columns: Sequence[str]) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise Where(table.name, "row 1").refuse(
            f"the column {', '.join(missing)} is missing",
            f"the columns {', '.join(columns)}",
            "export it again with all columns",
        )


def _find_state(path: Path) -> State | None:
    named = _STATE_FILE.fullmatch(path.stem.lower())
    return BY_CODE.get((named[1] or named[2]).upper()) if named else None


def _recognise(path: Path) -> Iterator[tuple[Where, str, Any]]:
    """Yield each person or member of a YAML file with its place and kind."""
    for number, document in enumerate(read_documents(path), 1):
        where = Where(path.name, f"document {number}")
        if openstates_yaml.is_person(document):
            yield where, "person", document
        elif isinstance(document, list) and document:
            for place, item in enumerate(document, 1):
                yield _recognise_item(Where(path.name, f"item {place}"), item)
        else:
            raise where.refuse("its shape is not known", FORMATS, "check that it is the right file")


def _recognise_item(where: Where, item: object) -> tuple[Where, str, Any]:
    if congress.is_member(item):
        return where, "member", item
    if congress.is_office_list(item):
        return where, "offices", item
    raise where.refuse("its shape is not known", FORMATS, "check that it is the right file")


def _read_member(where: Where, item: Any, today: date) -> list[Entry]:
    return [congress.read_member(where, item)]


def _join_offices(
    entries: list[Entry], offices: list[DistrictOffices]
) -> tuple[tuple[Entry, ...], tuple[DistrictOffices, ...]]:
    """Give the members their district offices; return those of others apart."""
    known = {told.source_id: told for told in offices}
    joined = tuple(
        replace(entry, person=_add_offices(entry.person, known.pop(entry.person.source_id, None)))
        if entry.person
        else entry
        for entry in entries
    )
    return joined, tuple(known.values())


def _add_offices(person: RosterPerson, told: DistrictOffices | None) -> RosterPerson:
    if told is None:
        return person
    return replace(person, offices=(*person.offices, *told.offices), tells=None)
