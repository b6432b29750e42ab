"""``petition officials``: who holds which post, from public rosters; what needs a person.

- Exit code 0: done, or there is something to look at: a vacant seat is no fault. 1: refused.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import click
from flask.cli import AppGroup
from rich.markup import escape

from petition.cli.drawing import open_console, open_table, print_json
from petition.clock import utcnow
from petition.delivery.due import release_held
from petition.officials.checking import RosterCheck, check_officials
from petition.officials.importing import import_roster
from petition.officials.joining import read_labels
from petition.officials.recognising import read_roster
from petition.officials.report import ImportReport
from petition.us_states import BY_CODE

# Seats named after an import; `petition officials check` lists them all.
SHOWN = 10
officials = AppGroup("officials", help="Who holds which post, and where they take mail.")


@officials.command("import")
@click.argument(
    "sources",
    metavar="FILE_OR_FOLDER...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, path_type=Path),
)
@click.option(
    "--districts",
    "labels",
    metavar="MAPPING.csv",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="label,division_id of districts whose label no rule can tell.",
)
@click.option(
    "--state",
    metavar="CODE",
    type=click.Choice(sorted(BY_CODE), case_sensitive=False),
    help="Whose legislators an OpenStates CSV lists; of other files, only this state's people.",
)
@click.option(
    "--leave-out",
    metavar="LABEL",
    multiple=True,
    help="A seat to leave out, by its district's label; lower:1 in one chamber. May be repeated.",
)
@click.option(
    "--skip-unjoined",
    is_flag=True,
    help="Leave out all seats that have no district, and list them.",
)
@click.option("--complete", is_flag=True, help="However many seats it empties, that is meant.")
@click.option("--partial", is_flag=True, help="It is a part of a roster: nobody becomes former.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and store nothing.")
def import_files(
    sources: tuple[Path, ...],
    labels: Path | None,
    state: str | None,
    leave_out: tuple[str, ...],
    skip_unjoined: bool,
    complete: bool,
    partial: bool,
    dry_run: bool,
) -> None:
    """Store rosters: OpenStates CSV or YAML, congress-legislators, or our CSV for bodies.

    Seats that cannot be joined to loaded districts are listed, and the import is refused whole.
    A cell that cannot be used is taken for empty and listed.
    """
    if complete and partial:
        raise click.UsageError("--complete and --partial exclude each other.")
    only = BY_CODE[state.upper()] if state else None
    roster = read_roster(sources, utcnow().date(), only)
    mended = list(roster.notes)
    districts = read_labels(labels, mended)
    report = import_roster(
        replace(roster, notes=tuple(mended)),
        districts,
        complete=complete,
        partial=partial,
        leave_out=leave_out,
        skip_unjoined=skip_unjoined,
        dry_run=dry_run,
    )
    _tell(report)
    if not dry_run:
        released = release_held()
        if released:
            click.echo(f"Held deliveries that go on now: {released:,}.")


@officials.command()
@click.option("--json", "as_json", is_flag=True, help="Print the counts for a program.")
def check(as_json: bool) -> None:
    """List vacant and ended seats, holders whom no letter reaches, and duplicates."""
    found = check_officials()
    if as_json:
        print_json({layer: asdict(count) for layer, count in found.counts.items()})
    elif not found.counts:
        click.echo("No posts yet: `petition officials import FILE`.")
    elif not found.findings:
        posts = sum(count.posts for count in found.counts.values())
        click.echo(f"Posts: {posts:,}, all held and within reach.")
    else:
        _draw(found)


def _tell(report: ImportReport) -> None:
    would = "Would change" if report.dry_run else "Changed"
    if report.changed:
        click.echo(
            f"{would}: {report.new_posts:,} new posts, {report.new_officials:,} new officials, "
            f"{report.updated:,} updated, {len(report.former):,} former."
        )
    else:
        click.echo("Nothing would change." if report.dry_run else "Nothing changed.")
    _list("Former", report.former)
    if report.seats:
        click.echo(
            f"Seats: {report.seats:,}, {report.held:,} held, {len(report.vacant):,} vacant, "
            f"{len(report.ended):,} whose term has ended."
        )
    _list("Vacant", report.vacant)
    _list("Ended", report.ended)
    _tell_apart(report)
    if report.passed_over:
        click.echo(f"Passed over: {report.passed_over:,} people with no post of ours.")


def _tell_apart(report: ImportReport) -> None:
    """Say all that was not taken as the files have it: it is nowhere else to be seen."""
    for heading, lines in (
        ("Mended, or taken for empty", report.notes),
        ("Left out", report.left_out),
        ("Left out, without a district", report.skipped),
    ):
        if lines:
            click.echo(f"{heading}: {len(lines):,}.")
        for line in lines:
            click.echo(f"  {line}")
    for label in report.unnamed:
        click.echo(f"--leave-out {label!r}: no seat of the roster has this district.")
    if report.without_place:
        click.echo(
            f"Mayors passed over, no place of their state is loaded: {report.without_place:,}."
        )


def _list(heading: str, seats: Sequence[str]) -> None:
    for seat in seats[:SHOWN]:
        click.echo(f"  {heading}: {seat}")
    if len(seats) > SHOWN:
        click.echo(f"  {heading}: {len(seats) - SHOWN:,} more")


def _draw(found: RosterCheck) -> None:
    console = open_console()
    numbers = ("Posts", "Held", "Vacant", "Ended", "Unreachable")
    counts = open_table("Layer", *numbers, numbers=numbers)
    for layer, count in found.counts.items():
        counts.add_row(layer, *(f"{number:,}" for number in asdict(count).values()))
    console.print(counts)
    table = open_table("What", "Layer", "District", "")
    for finding in found.findings:
        table.add_row(finding.kind, finding.layer, escape(finding.district), escape(finding.what))
    console.print()
    console.print(table)
