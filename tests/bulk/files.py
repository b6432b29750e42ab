"""Files of invented signatures, and an import of one as the command does it."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from petition.bulk.column_mapping import map_columns
from petition.bulk.csv_records import open_csv
from petition.bulk.import_batches import ConsentProof, ImportOrder, begin_batch
from petition.bulk.import_run import Counts, import_file
from petition.bulk.refused_rows import RefusedFile
from petition.core.extensions import db
from petition.error_messages.description import describe_row
from petition.models import Signature

SLUG = "by-list"
HEADINGS = ("First name", "Last name", "Email", "ZIP")
PROOF = ConsentProof("sheets.pdf", b"%PDF-1.7 scanned sheets")


def make_row(number: int, **cells: str) -> tuple[str, ...]:
    """Return an invented person's cells."""
    values = {
        "First name": "Ada",
        "Last name": f"Neighbour the {number}th",
        "Email": f"ada{number}@people.example",
        "ZIP": "02139",
    }
    return tuple((values | cells).values())


def write_file(
    path: Path,
    rows: Iterable[Sequence[str]],
    headings: Sequence[str] = HEADINGS,
    encoding: str = "utf-8",
    delimiter: str = ",",
) -> Path:
    """Write a CSV file."""
    with path.open("w", encoding=encoding, newline="") as out:
        writer = csv.writer(out, delimiter=delimiter)
        writer.writerow(headings)
        writer.writerows(rows)
    return path


def import_path(
    path: Path,
    *,
    proof: ConsentProof | None = None,
    slug: str = SLUG,
    group: str = "",
    **options: Any,
) -> tuple[int, Counts]:
    """Import a file; return its batch and its counts."""
    file = open_csv(path)
    mapping = map_columns(file.headings, options.get("chosen", {}))
    order = ImportOrder(slug, file.sha256, mapping.describe(), "a list", group, proof)
    batch_id = begin_batch(order, actor="cli")
    report = RefusedFile(find_report(path), file, describe_row, tells_known=not group)
    with report:
        counts = import_file(file, mapping, batch_id, report, options.get("tell", _ignore))
    return batch_id, counts


def find_report(path: Path) -> Path:
    """Return the path of the rows that are not imported."""
    return path.with_name("refused.csv")


def read_report(path: Path) -> list[dict[str, str]]:
    """Return the rows that were not imported; none where there is no file."""
    report = find_report(path)
    if not report.exists():
        return []
    with report.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def list_emails() -> list[str]:
    """Return the addresses of all signatures, sorted."""
    people = db.session.scalars(select(Signature.person)).all()
    db.session.rollback()
    return sorted(person.email for person in people if person is not None)


def _ignore(counts: Counts) -> None:
    pass
