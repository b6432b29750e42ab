"""Reads an uploaded roster and imports it, or finds what an import would change."""

import hashlib
import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from petition.bulk.rosters.roster_archive import unpack_rosters
from petition.bulk.rosters.roster_options import COMPLETE, PARTIAL, RosterOptions
from petition.core.clock import utcnow
from petition.core.errors import ImportRefused
from petition.officials.rosters.format_detection import read_roster
from petition.officials.rosters.import_report import ImportReport
from petition.officials.rosters.roster_import import import_roster

ARCHIVE = ".zip"
# Lines of a refusal that are kept.
MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class RosterFinding:
    """What a dry run found: a report, or why the roster is refused."""

    report: dict[str, Any] | None
    failure: str | None


def check_roster(path: Path, options: RosterOptions) -> RosterFinding:
    """Return what an import would change now; nothing is stored.

    - Raises InvalidInput for a ZIP that cannot be unpacked.
    """
    try:
        report = run_roster(path, options, dry_run=True)
    except ImportRefused as refused:
        return RosterFinding(None, _shorten(str(refused)))
    return RosterFinding(write_report(report), None)


def run_roster(
    path: Path,
    options: RosterOptions,
    *,
    dry_run: bool,
    actor: str = "",
    roster_id: int = 0,
    confirm: Callable[[Session, ImportReport], None] | None = None,
) -> ImportReport:
    """Import the files of an upload; raises ImportRefused and whatever ``confirm`` raises."""
    with tempfile.TemporaryDirectory(prefix="hundredth-roster-") as folder:
        files = [path]
        if path.suffix.lower() == ARCHIVE:
            files = unpack_rosters(path, Path(folder))
        roster = read_roster(files, utcnow().date(), options.only)
    return import_roster(
        roster,
        complete=options.mode == COMPLETE,
        partial=options.mode == PARTIAL,
        leave_out=options.leave_out,
        skip_unjoined=options.skip_unjoined,
        dry_run=dry_run,
        actor=actor,
        roster_id=roster_id,
        confirm=confirm,
    )


def _shorten(failure: str) -> str:
    """Return the first lines of a refusal, and how many more there are."""
    lines = failure.splitlines()
    if len(lines) <= MOST_LINES:
        return failure
    more = f"  and {len(lines) - MOST_LINES:,} more lines"
    return "\n".join([*lines[: MOST_LINES - 1], more, lines[-1]])


def write_report(report: ImportReport) -> dict[str, Any]:
    """Return a report as JSON, the same for a dry run and for the import that follows it."""
    fields = asdict(report)
    del fields["dry_run"]
    written: dict[str, Any] = json.loads(json.dumps(fields, default=str))
    return written


def hash_report(report: dict[str, Any] | None) -> str:
    """Return the SHA-256 of a report, by which a form names what was shown; empty for none."""
    if report is None:
        return ""
    return hashlib.sha256(json.dumps(report, sort_keys=True).encode()).hexdigest()
