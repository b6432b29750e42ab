"""``petition status``: what is where on its way."""

import json
from collections.abc import Mapping
from typing import Any

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.table import Table

from petition.extensions import db, get_settings
from petition.health.figures import read_status
from petition.queues import get_queues

# States that are always shown; the others only where something is in them.
USUAL = {"counted", "accepted"}
# States in which a person is needed.
LOUD = {"review", "failed", "bounced", "unknown", "held"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it for a program.")
@with_appcontext
def status(as_json: bool) -> None:
    """Show the counts of signatures, letters and deliveries, the queues and the reconciler."""
    found = read_status(db.session(), get_queues(), get_settings().reconcile_seconds)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    console = Console(highlight=False)
    _print_campaigns(console, found["campaigns"])
    _print_states(console, "Signatures", found["signatures"])
    console.print(f"Hundreds reached: {found['milestones']:,}. Letters: {found['letters']:,}.")
    _print_states(console, "Deliveries", found["deliveries"])
    _print_queues(console, found["queues"])
    _print_reconciler(console, found["reconciler"])


def _print_campaigns(console: Console, campaigns: list[dict[str, Any]]) -> None:
    if not campaigns:
        console.print("No campaign yet: `petition campaigns create FILE.toml`, or `petition demo`.")
        return
    table = _open_table("Campaign", "State")
    for title in ("Signatures", "Hundreds"):
        table.add_column(title, justify="right")
    for campaign in campaigns:
        table.add_row(
            campaign["slug"],
            campaign["state"],
            f"{campaign['signatures']:,}",
            f"{campaign['milestones']:,}",
        )
    console.print(table)


def _print_states(console: Console, title: str, states: Mapping[str, int]) -> None:
    shown = [
        f"[bold yellow]{number:,} {state}[/]" if state in LOUD and number else f"{number:,} {state}"
        for state, number in states.items()
        if number or state in USUAL
    ]
    console.print(f"{title}: {', '.join(shown)}.")


def _print_queues(console: Console, queues: Mapping[str, Any]) -> None:
    if "error" in queues:
        console.print(f"[bold yellow]Queues: Redis does not answer ({queues['error']}).[/]")
        return
    names = ("waiting", "started", "failed", "workers")
    table = _open_table("Queue")
    for name in names:
        table.add_column(name.capitalize(), justify="right")
    for queue, states in queues.items():
        table.add_row(queue, *(f"{states[name]:,}" for name in names))
    console.print(table)


def _print_reconciler(console: Console, reconciler: Mapping[str, Any]) -> None:
    if reconciler["last_round"] is None:
        console.print("[bold yellow]Reconciler: no round yet.[/]")
        return
    style = "bold yellow" if reconciler["late"] else "none"
    console.print(f"Reconciler: last round {reconciler['seconds_ago']:.0f} s ago.", style=style)


def _open_table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title)
    return table
