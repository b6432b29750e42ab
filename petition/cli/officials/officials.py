"""``petition officials``: who holds which post, from public rosters; what needs a person.

- Exit code 0: done, also with findings such as a vacant seat. 1: refused, or a check found posts
  that cannot be reached.
"""

import sys
from dataclasses import asdict, replace
from pathlib import Path

import click
from flask.cli import AppGroup

from petition.cli.campaigns.reach import check_by_channel, describe_reach, list_remedies
from petition.cli.officials.correction_tables import print_released, print_steps
from petition.cli.officials.corrections import (
    correct_post,
    find_login,
    list_corrections,
    read_reason,
)
from petition.cli.officials.roster_tables import draw_check, print_report
from petition.cli.output import print_json
from petition.core.clock import utcnow
from petition.core.extensions import get_settings
from petition.delivery.held_deliveries import release_held
from petition.officials.checks.check_report import RosterCheck
from petition.officials.corrections.correction_file import BECAUSE, correct_from_roster
from petition.officials.rosters.division_join import read_labels
from petition.officials.rosters.format_detection import read_roster
from petition.officials.rosters.roster import Roster
from petition.officials.rosters.roster_import import import_roster
from petition.postal.us_states import BY_CODE

officials = AppGroup(
    "officials", help="Import and check who holds which post, and their addresses."
)
officials.add_command(correct_post)
officials.add_command(list_corrections)


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
    help="A file of label,division_id for districts whose label no rule covers.",
)
@click.option(
    "--state",
    metavar="CODE",
    type=click.Choice(sorted(BY_CODE), case_sensitive=False),
    help="The state of an OpenStates CSV; from other files, import only this state's people.",
)
@click.option(
    "--leave-out",
    metavar="LABEL",
    multiple=True,
    help="A seat to leave out, by its district's label; lower:1 for one chamber. May be repeated.",
)
@click.option(
    "--skip-unjoined",
    is_flag=True,
    help="Leave out and list all seats that have no district.",
)
@click.option(
    "--complete", is_flag=True, help="The roster is complete, however many seats it empties."
)
@click.option(
    "--partial", is_flag=True, help="The file is part of a roster; no one becomes former."
)
@click.option(
    "--as-correction",
    is_flag=True,
    help="Store the CSV for bodies as corrections, which no import undoes.",
)
@click.option("--because", metavar="TEXT", help="How you know that the corrections are right.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and store nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print what changed as JSON, for a program.")
def import_files(
    sources: tuple[Path, ...],
    labels: Path | None,
    state: str | None,
    leave_out: tuple[str, ...],
    skip_unjoined: bool,
    complete: bool,
    partial: bool,
    as_correction: bool,
    because: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import rosters: OpenStates CSV or YAML, congress-legislators, or our CSV for bodies.

    Seats that cannot be matched to loaded districts are listed, and the whole import is refused. A
    cell that cannot be used is treated as empty and listed.
    """
    if complete and partial:
        raise click.UsageError("Give --complete or --partial, not both.")
    if as_correction and (complete or partial or labels or skip_unjoined):
        raise click.UsageError(
            "With --as-correction, only --because, --leave-out, --state and --dry-run can be used."
        )
    only = BY_CODE[state.upper()] if state else None
    roster = read_roster(sources, utcnow().date(), only)
    if as_correction:
        _correct(roster, because, leave_out, dry_run, as_json)
        return
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
    released = 0 if dry_run else release_held()
    if as_json:
        print_json(asdict(report) | {"released": released})
        return
    print_report(report)
    print_released(released)


@officials.command()
@click.option("--campaign", metavar="SLUG", help="Only the posts that this campaign writes to.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print what was found as JSON, for a program."
)
def check(campaign: str | None, as_json: bool) -> None:
    """List the posts that PETITION_CHANNEL cannot reach, and anything that looks wrong.

    The exit code is 1 if a post cannot be reached and something can be done about it; a vacant seat
    is not an error.
    """
    found = check_by_channel(campaign)
    if as_json:
        print_json(
            {"channel": get_settings().channel, "ok": not found.needs_action, **asdict(found)}
        )
    else:
        _print_check(found)
    sys.exit(1 if found.needs_action else 0)


def _print_check(found: RosterCheck) -> None:
    posts = sum(count.posts for count in found.counts.values())
    if not posts and not found.campaign:
        click.echo("No posts yet. Import a roster with `petition officials import FILE`.")
        return
    if found.findings:
        draw_check(found)
    elif not found.campaign:
        click.echo(f"Posts: {posts:,}, all held and reachable.")
    if found.campaign:
        click.echo(describe_reach(found))
    for line in list_remedies(found):
        click.echo(line)


def _correct(
    roster: Roster, because: str | None, leave_out: tuple[str, ...], dry_run: bool, as_json: bool
) -> None:
    steps = correct_from_roster(
        roster,
        made_by=find_login(),
        because=read_reason(because) or BECAUSE,
        leave_out=leave_out,
        dry_run=dry_run,
    )
    released = 0 if dry_run else release_held()
    if as_json:
        print_json(
            {
                "dry_run": dry_run,
                "notes": list(roster.notes),
                "corrected": [asdict(step) for step in steps],
                "released": released,
            }
        )
        return
    for line in roster.notes:
        click.echo(line)
    print_steps(steps, dry_run)
    print_released(released)
