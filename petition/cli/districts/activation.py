"""``petition districts activate``: a dry run, then put the set in force, at once or on a date."""

from datetime import datetime

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from petition.cli.output import count_noun, open_console, open_table
from petition.core.extensions import db
from petition.counting.recalls import count_left_behind
from petition.redistricting.activation import activate
from petition.redistricting.dry_run import Comparison, compare

SHOWN = 20


@click.command("activate")
@click.argument("set_id", metavar="ID", type=click.IntRange(1, 2**31 - 1))
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="First day in force; by default the date given at import, or today.",
)
@click.option(
    "--dry-run", is_flag=True, help="Show how many signers would change district, and stop."
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@with_appcontext
def activate_one(set_id: int, on: datetime | None, dry_run: bool, yes: bool) -> None:
    """Put boundary set ID in force, after showing how many signers change district.

    Workers move the signers, batch by batch. Letters already sent stay; a division that has sent a
    hundred does not send it again. On a future date the scheduler does it.
    """
    console = open_console()
    found = _compare(set_id, console)
    _print(found, console)
    if dry_run:
        return
    if found.signers and not yes:
        click.confirm("Put it in force?", abort=True)
    done = activate(set_id, on.date() if on else None)
    if not done.in_force:
        console.print(f"Boundary set {set_id} is approved and takes effect on {done.on}.")
        return
    if not done.districts and not done.closed:
        console.print(
            f"Boundary set {set_id} has been in force since {done.on}; nothing was changed."
        )
        return
    console.print(
        f"Boundary set {set_id} is in force: {count_noun(done.districts, 'district')} added, "
        f"{done.closed:,} removed. Hundreds not to be sent again: {done.inherited:,}. Unsent "
        f"letters now held: {done.held:,}."
    )
    db.session.rollback()
    waiting = count_left_behind()
    if waiting or done.again:
        console.print(
            f"The workers are moving {count_noun(waiting, 'counted signer')} and locating "
            f"{done.again:,} again; /staff/boundaries shows their progress."
        )


def _compare(set_id: int, console: Console) -> Comparison:
    with Progress(
        TextColumn("looking up signers"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
    ) as bar:
        task = bar.add_task("", total=None)
        return compare(set_id, lambda done, total: bar.update(task, completed=done, total=total))


def _print(found: Comparison, console: Console) -> None:
    if not found.signers:
        console.print("No one has signed there yet, so no one changes district.")
        return
    console.print(
        f"Of {count_noun(found.signers, 'signer')}, {found.unchanged:,} would stay in the same "
        f"district, {found.moved:,} would change district and {found.review:,} would go to review."
    )
    if found.unknown:
        console.print(
            f"{found.unknown:,} could not be looked up because a geocoder or a layer was not "
            "available; run this again."
        )
    if found.moves:
        table = open_table("From", "To", "Signers", numbers=("Signers",))
        for move in found.moves[:SHOWN]:
            table.add_row(
                escape(move.old or "none"), escape(move.new or "review"), f"{move.signers:,}"
            )
        console.print(table)
