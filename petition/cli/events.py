"""``petition events``: move old events into files of the content store, and check those files.

- Exit code 0: done; 1: something is wrong with an archive, or it could not be made.
"""

import sys
from dataclasses import asdict
from datetime import datetime

import click
from flask.cli import AppGroup

from petition.audit.event_archives import archive_events, verify_archives
from petition.cli.output import count_noun, print_json_line

MONTH = "%Y-%m"
events = AppGroup("events", help="Archive old events of the audit trail, and check the archives.")


@events.command("archive")
@click.option(
    "--before",
    required=True,
    type=click.DateTime([MONTH]),
    metavar="YYYY-MM",
    help="Archive the months before this one, which began at least 31 days ago.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be archived, and change nothing.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object per file, for a program."
)
def archive(before: datetime, dry_run: bool, as_json: bool) -> None:
    """Write old events to compressed files, month by month, then delete them in batches.

    Pages, exports and this command line read them from there. You can stop this at any moment and
    run it again, also while the service runs.
    """
    total = files = 0
    for one in archive_events(before.date(), dry_run=dry_run):
        total, files = total + one.events, files + 1
        if as_json:
            print_json_line(asdict(one))
        else:
            done = "would be archived" if dry_run else f"archived as {one.sha256}"
            number = count_noun(one.events, "event")
            click.echo(f"{one.month}: {number}, {one.size:,} bytes, {done}")
    if not as_json:
        stored = f"{count_noun(total, 'event')} in {count_noun(files, 'file')}."
        click.echo(stored if files else "No events are that old.")


@events.command("verify")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object per file, for a program."
)
def verify(as_json: bool) -> None:
    """Read each archive and check its hash, its number of events and its order."""
    faults = seen = 0
    for one, fault in verify_archives():
        seen += 1
        faults += bool(fault)
        if as_json:
            found = {"number": one.id, "month": one.month, "events": one.events, "fault": fault}
            print_json_line(found)
        else:
            click.echo(f"{one.id} {one.month}: {one.events:,} events, {fault or 'right'}")
    if not seen and not as_json:
        click.echo("No events are archived yet.")
    sys.exit(1 if faults else 0)
