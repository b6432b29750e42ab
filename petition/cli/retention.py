"""``petition retention``: show and erase data that is past its retention period.

- Exit code 0: done; 1: some could not be erased.
"""

import sys
from dataclasses import asdict

import click
from flask.cli import AppGroup
from rich.console import Console

from petition.cli.districts.district_tables import track
from petition.cli.output import open_console, open_table, print_json_line
from petition.retention.legal_holds import hold_campaign, list_holds, release_campaign
from petition.retention.run import (
    LONGEST_SECONDS,
    Erased,
    FoundData,
    erase,
    list_waiting,
    look,
)
from petition.retention.wal_checkpoints import checkpoint_after_erasures

ACTOR = "cli"
retention = AppGroup(
    "retention", help="Show how long data is kept, and erase what is past its limit."
)


@retention.command("show")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object per line, for a program."
)
def show(as_json: bool) -> None:
    """Show each kind of data: its setting, how many days it is kept, and how much is past that.

    This changes nothing; `petition retention run` erases what is past its limit.
    """
    _show(as_json)


def _show(as_json: bool) -> None:
    found = list(look())
    if as_json:
        for one in found:
            print_json_line(asdict(one))
        return
    console = open_console()
    _print(console, found)
    for held in list_holds():
        console.print(
            f"{held.campaign} is under a legal hold since {held.held_at:%Y-%m-%d %H:%M} UTC "
            f"({held.held_by}): {held.reason}. Nothing of it is erased, nor e-mail files, requests "
            "for links and journals, which belong to no one campaign.",
            soft_wrap=True,
        )
    for slug in list_waiting():
        console.print(
            f"{slug} closed long enough ago, but some of its letters or signatures are still "
            f"being processed: see `petition deliveries list --campaign {slug}`. Until then none "
            "of its signers is erased.",
            soft_wrap=True,
        )


@retention.command("hold")
@click.argument("campaign", metavar="CAMPAIGN")
@click.option("--why", required=True, help="The reason, in one line, without names.")
def hold(campaign: str, why: str) -> None:
    """Keep everything of a campaign past its limits, until the hold is released.

    Signers can still erase their own signatures.
    """
    hold_campaign(campaign, why, actor=ACTOR)
    click.echo(f"{campaign} is under a legal hold: retention removes nothing of it.")


@retention.command("release")
@click.argument("campaign", metavar="CAMPAIGN")
def release(campaign: str) -> None:
    """Release the hold of a campaign: the next run erases what is past its limit."""
    release_campaign(campaign, actor=ACTOR)
    click.echo(f"{campaign} is no longer under a legal hold.")


@retention.command("run")
@click.option(
    "--seconds",
    type=click.FloatRange(1, LONGEST_SECONDS),
    default=LONGEST_SECONDS,
    show_default=True,
    help="Stop after this long; run it again for the rest.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be erased, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for a program.")
def run(seconds: float, dry_run: bool, as_json: bool) -> None:
    """Erase what is past its limit, in batches, as the reconciler does every ten minutes.

    You can stop this at any moment and run it again. Each run is logged.
    """
    if dry_run:
        _show(as_json)
        return
    total = sum(one.past for one in look())
    with track("erasing") as progress:
        done = erase(seconds, lambda count: progress(count, total), actor=ACTOR)
    if done.total:
        checkpoint_after_erasures()  # else the reconciler does, once no reader blocks it
    if as_json:
        print_json_line({"erased": done.counts, "failed": list(done.failed), "late": done.late})
    else:
        _tell(done)
    sys.exit(1 if done.failed else 0)


def _print(console: Console, found: list[FoundData]) -> None:
    table = open_table(
        *("Kind", "Setting", "Days", "Past", "Oldest", "What"),
        numbers=("Days", "Past"),
        whole=("Setting", "Oldest"),
    )
    for one in found:
        days = "forever" if one.days is None else str(one.days)
        oldest = f"{one.oldest:%Y-%m-%d}" if one.oldest else ""
        table.add_row(one.kind, one.setting, days, f"{one.past:,}", oldest, one.what)
    console.print(table)


def _tell(done: Erased) -> None:
    for name, count in done.counts.items():
        if count:
            click.echo(f"{name}: {count:,} erased.")
    for name, error in done.failed.items():
        click.echo(f"{name}: failed ({type(error).__name__}).", err=True)
    if done.late:
        click.echo("Time is up and some are left. Run this again, or leave them to the reconciler.")
    elif not done.total and not done.failed:
        click.echo("Nothing was past its limit.")
