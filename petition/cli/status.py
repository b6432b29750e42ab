"""``petition status``: counts of signatures, letters and deliveries by state."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.markup import escape

from petition.cli.output import open_console, open_table, print_json
from petition.core.extensions import db, get_settings
from petition.core.queues import get_queues
from petition.dispatch.pauses import ALL, write_resume
from petition.health.ages import age
from petition.health.figures import read_status
from petition.health.mail_lanes import describe_cause
from petition.models import SignatureState
from petition.models.states import NEEDS_A_PERSON

# States that are always shown; the others only if their count is not 0.
USUAL = {"counted", "accepted"}
# The age of the counts is shown from this age on.
TOLD_FROM_SECONDS = 5
# States that wait for a person.
LOUD = {SignatureState.REVIEW.value, *(state.value for state in NEEDS_A_PERSON)}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
@with_appcontext
def status(as_json: bool) -> None:
    """Show the counts of signatures, letters and deliveries, the queues and the reconciler."""
    found = read_status(db.session(), get_queues(), get_settings().reconcile_seconds)
    if as_json:
        print_json(found)
        return
    console = open_console()
    _print_campaigns(console, found["campaigns"])
    seconds = age(datetime.fromisoformat(found["counted_at"]))
    if seconds >= TOLD_FROM_SECONDS:
        console.print(f"Counted {describe_seconds(seconds)} ago, because counting takes long here:")
    _print_states(console, "Signatures", found["signatures"])
    for pause in found["paused"]:
        _print_pause(console, pause)
    held = f" [bold yellow]{found['held']:,} held.[/]" if found["held"] else ""
    console.print(
        f"Hundreds reached: {found['milestones']:,}.{held} Letters: {found['letters']:,}."
    )
    _print_states(console, "Deliveries", found["deliveries"])
    waiting = found["comments_waiting"]
    if waiting:
        console.print(f"[bold yellow]Comments to read: {waiting:,}.[/]")
    _print_mails(console, "E-mails to signers", "petition mail resume", found["mails"])
    _print_mails(
        console, "Letters by e-mail", "petition mail resume letters", found["letter_mails"]
    )
    _print_queues(console, found["queues"])
    _print_processes(console, found["processes"])
    _print_reconciler(console, found["reconciler"])


def _print_campaigns(console: Console, campaigns: list[dict[str, Any]]) -> None:
    if not campaigns:
        console.print("No campaigns yet. Create one with `petition campaigns create FILE.toml`.")
        return
    table = open_table(
        "Campaign", "State", "Signatures", "Hundreds", numbers=("Signatures", "Hundreds")
    )
    for campaign in campaigns:
        table.add_row(
            escape(campaign["slug"]),
            campaign["state"],
            f"{campaign['signatures']:,}",
            f"{campaign['milestones']:,}",
        )
    console.print(table)


def _print_pause(console: Console, pause: Mapping[str, Any]) -> None:
    campaign = pause["campaign"]
    whose = escape(campaign or ALL)
    since = pause["since"][:16].replace("T", " ")
    reason = f" ({escape(pause['reason'])})" if pause["reason"] else ""
    console.print(
        f"[bold yellow]Letters of {whose} have been stopped since {since} UTC{reason}. Start them "
        f"again with `{escape(write_resume(campaign))}`.[/]"
    )


def _print_states(console: Console, title: str, states: Mapping[str, int]) -> None:
    shown = [
        f"[bold yellow]{number:,} {state}[/]" if state in LOUD and number else f"{number:,} {state}"
        for state, number in states.items()
        if number or state in USUAL
    ]
    console.print(f"{title}: {', '.join(shown)}.")


def _print_mails(console: Console, title: str, command: str, mails: Mapping[str, Any]) -> None:
    refused = f", {mails['refused']:,} refused" if mails["refused"] else ""
    if mails["waiting"] or refused:
        console.print(f"{title}: {mails['waiting']:,} waiting{refused}.")
    kinds = {kind: one for kind, one in mails.get("kinds", {}).items() if _count_waiting(one)}
    if kinds:
        told = (
            f"{kind} {_count_waiting(one):,}, the oldest for "
            f"{describe_seconds(one['oldest_seconds'])}"
            for kind, one in kinds.items()
        )
        console.print(f"  {'; '.join(told)}.")
    if mails["refusals"]:
        codes = (f"{number:,} by {code}" for code, number in mails["refusals"].items())
        console.print(f"[bold yellow]  Refused within an hour: {', '.join(codes)}.[/]")
    if mails["stopped"]:
        since = mails["stopped_at"][:16].replace("T", " ")
        cause = describe_cause(mails["cause"])
        console.print(
            f"[bold yellow]{title} have been stopped since {since} UTC: the mail server says that "
            f"{escape(cause)}. Fix it, then run `{command}`.[/]"
        )


def _count_waiting(kind: Mapping[str, Any]) -> int:
    return int(kind["due"] + kind["retried"])


def describe_seconds(seconds: float) -> str:
    """Return a duration in its largest unit of which there are at least two."""
    for size, unit in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _print_queues(console: Console, queues: Mapping[str, Any]) -> None:
    if "error" in queues:
        console.print(f"[bold yellow]Queues: Redis does not answer ({queues['error']}).[/]")
        return
    names = ("waiting", "started", "failed", "workers")
    titles = tuple(name.capitalize() for name in names)
    table = open_table("Queue", *titles, numbers=titles)
    for queue, states in queues.items():
        table.add_row(queue, *(f"{states[name]:,}" for name in names))
    console.print(table)


def _print_processes(console: Console, processes: list[dict[str, Any]]) -> None:
    running = Counter(one["role"] for one in processes if not one["late"])
    numbers = ", ".join(f"{number:,} {role}" for role, number in sorted(running.items()))
    console.print(f"Running processes: {numbers or 'none'}.")
    for one in processes:
        if one["late"]:
            does = " ".join((one["role"], *one["stages"]))
            console.print(
                f"[bold yellow]No heartbeat for {one['seconds_ago']:.0f} s: {escape(does)} on "
                f"{escape(one['host'])} (process {one['pid']}).[/]"
            )


def _print_reconciler(console: Console, reconciler: Mapping[str, Any]) -> None:
    if reconciler["last_round"] is None:
        console.print("[bold yellow]Reconciler: no round yet.[/]")
        return
    style = "bold yellow" if reconciler["late"] else "none"
    console.print(f"Reconciler: last round {reconciler['seconds_ago']:.0f} s ago.", style=style)
