"""Writes a body or its seats, typed by staff, as the CSV for bodies."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from petition.bulk.rosters.roster_problems import RosterProblem
from petition.core.errors import InvalidInput, Problem
from petition.officials.rosters.mailing_address import tidy
from petition.officials.rosters.readers.bodies import OPTIONAL, REQUIRED

MOST_ROWS = 12
LONGEST_CELL = 400
COLUMNS = ("role", "title", "name", "email", "address", "voice", "starts_on", "ends_on")


@dataclass(frozen=True, slots=True)
class TypedBody:
    """The division, and the rows of its posts as they were typed; empty rows are left out."""

    division_id: str
    rows: Sequence[Mapping[str, str]]

    def write(self) -> bytes:
        """Return the file; raises InvalidInput without a division or a row."""
        problems = {}
        if not self.division_id:
            problems["division_id"] = Problem(RosterProblem.DIVISION_MISSING)
        if not self.rows:
            problems["rows"] = Problem(RosterProblem.NO_ROWS)
        if problems:
            raise InvalidInput(problems)
        file = io.StringIO(newline="")
        writer = csv.DictWriter(file, [*REQUIRED, *OPTIONAL], restval="")
        writer.writeheader()
        writer.writerows({"division_id": self.division_id} | dict(row) for row in self.rows)
        return file.getvalue().encode()


def read_typed(form: Mapping[str, str]) -> TypedBody:
    """Return what a form says; its fields are ``division_id`` and, for each row, ``title-1``."""
    rows = []
    for number in range(1, MOST_ROWS + 1):
        row = {
            column: tidy(form.get(f"{column}-{number}", ""))[:LONGEST_CELL] for column in COLUMNS
        }
        if any(text for column, text in row.items() if column != "role"):
            rows.append(row)
    return TypedBody(tidy(form.get("division_id", ""))[:LONGEST_CELL], rows)
