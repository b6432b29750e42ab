"""The messages of a roster import, and the tables of a check."""

from collections.abc import Sequence

import click
from rich.markup import escape

from petition.cli.output import count_noun, open_console, open_table
from petition.officials.checks.check_report import RosterCheck
from petition.officials.corrections.roster_comparison import Agreement
from petition.officials.rosters.import_report import ImportReport

# Seats named after an import; `petition officials check` lists them all.
SHOWN = 10
# The columns of a check, and the attributes of their counts.
COUNTS = {
    "Posts": "posts",
    "Held": "held",
    "Vacant": "vacant",
    "Ended": "ended",
    "Unreachable": "unreachable",
    "No post": "without_post",
}


def print_report(report: ImportReport) -> None:
    """Print what an import changed, or would change."""
    would = "Would change" if report.dry_run else "Changed"
    if report.changed:
        click.echo(
            f"{would}: {count_noun(report.new_posts, 'new post')}, "
            f"{count_noun(report.new_officials, 'new official')}, "
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
    _print_left_out(report)
    _print_overridden(report)
    _print_corrections(report)
    if report.passed_over:
        click.echo(f"Skipped, because their role has no post here: {report.passed_over:,}.")


def _print_left_out(report: ImportReport) -> None:
    """Print everything that was changed or left out: it is shown nowhere else."""
    for heading, lines in (
        ("Corrected, or treated as empty", report.notes),
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
            f"Mayors skipped, because no place of their state is loaded: {report.without_place:,}."
        )


def _print_corrections(report: ImportReport) -> None:
    """Print which corrections differ from the roster, and which agree with it by now."""
    if not report.corrections:
        return
    differing = [one for one in report.corrections if one.differs]
    click.echo(
        f"Corrections by hand: {len(report.corrections):,} kept; the roster differs from "
        f"{len(differing):,} of those in use."
    )
    for one in differing:
        click.echo(f"  {one.describe()}")
    for agreement, heading in (
        (Agreement.AGREES, "The roster now says the same; you can withdraw it"),
        (Agreement.UNUSED, "Not used; its holder does not hold the post"),
        (Agreement.OVER, "Over; its last day has passed"),
    ):
        _list(heading, [one.describe() for one in report.corrections if one.agreement is agreement])


def _print_overridden(report: ImportReport) -> None:
    """Print which seats one import takes from another: only corrections are permanent."""
    for seats, told in (
        (report.fleeting, "are also in a public roster, whose next import will undo this"),
        (report.undone, "were entered by hand, and this roster has undone that"),
    ):
        if seats:
            click.echo(f"Seats that {told}: {len(seats):,}. To keep them, use --as-correction.")
        _list("Seat", seats)


def _list(heading: str, seats: Sequence[str]) -> None:
    for seat in seats[:SHOWN]:
        click.echo(f"  {heading}: {seat}")
    if len(seats) > SHOWN:
        click.echo(f"  {heading}: {len(seats) - SHOWN:,} more")


def draw_check(found: RosterCheck) -> None:
    """Print the counts of the layers, and the findings that need a person."""
    console = open_console()
    table = open_table("Layer", *COUNTS, numbers=tuple(COUNTS))
    for layer, count in found.counts.items():
        table.add_row(layer, *(f"{getattr(count, name):,}" for name in COUNTS.values()))
    console.print(table)
    table = open_table("What", "Layer", "District")
    table.add_column("", overflow="fold")  # not cropped: its end is what an operator needs
    for finding in found.findings:
        table.add_row(finding.kind, finding.layer, escape(finding.district), escape(finding.what))
    console.print()
    console.print(table)
