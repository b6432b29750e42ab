"""``petition signatures review``: list the signatures in review, for a terminal or a program."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from petition.cli.output import format_age, open_console, open_table, print_json
from petition.core.clock import utcnow
from petition.locating.outcomes import ReviewReason
from petition.locating.review_queue import Choice, Waiting, count_waiting, list_waiting

# The most districts in question of a layer that are named; --json has all.
NAMED = 3


@click.command()
@click.option(
    "--reason",
    type=click.Choice([reason.value for reason in ReviewReason]),
    help="Only those with this reason.",
)
@click.option("--campaign", metavar="SLUG", help="Show only this campaign.")
@click.option("--after", type=int, default=0, metavar="ID", help="Start after this one.")
@click.option("--size", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
@with_appcontext
def review(reason: str | None, campaign: str | None, after: int, size: int, as_json: bool) -> None:
    """List the signatures in review, oldest first, without names or addresses."""
    counts = count_waiting(campaign)
    waiting = list_waiting(reason, after, size, campaign)
    if as_json:
        print_json({"counts": counts, "signatures": [asdict(one) for one in waiting]})
        return
    console = open_console()
    if not counts:
        console.print("No signature is in review.")
        return
    _print_counts(console, counts)
    if not waiting:
        console.print("No signature in review matches.")
        return
    console.print()
    console.print(_draw(waiting, utcnow()))
    if len(waiting) == size:
        console.print(f"Next page: --after {waiting[-1].signature_id}")


def _print_counts(console: Console, counts: Mapping[str, int]) -> None:
    width = max(len(f"{number:,}") for number in counts.values())
    for reason, number in counts.items():
        console.print(f"{number:>{width},} {reason}")
    if len(counts) > 1:
        console.print(f"{sum(counts.values()):,} in all.")


def _draw(waiting: Sequence[Waiting], now: datetime) -> Table:
    table = open_table(
        *("No.", "Reason", "Age", "Campaign", "Could be"),
        numbers=("No.", "Age"),
        whole=("Reason",),
    )
    for one in waiting:
        table.add_row(
            str(one.signature_id),
            one.reason,
            format_age(one.signed_at, now),
            escape(one.campaign),
            escape(_describe_choices(one)),
        )
    return table


def _describe_choices(one: Waiting) -> str:
    if one.waits_until is not None:
        return f"{_name(one.known)}, counted on {one.waits_until:%Y-%m-%d}"
    return "; ".join(
        f"{layer}: {_name(choices) or 'unknown'}" for layer, choices in one.open_layers.items()
    )


def _name(choices: Sequence[Choice]) -> str:
    names = ", ".join(choice.name for choice in choices[:NAMED])
    return f"{names} and {len(choices) - NAMED:,} more" if len(choices) > NAMED else names
