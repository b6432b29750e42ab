"""Texts for corrections, made or proposed, and the values that the rosters have instead."""

from collections.abc import Sequence

import click

from petition.cli.output import stamp
from petition.models import CorrectionField
from petition.officials.corrections.corrector import Step
from petition.officials.corrections.roster_comparison import LABELS, Agreement, Compared, show_value

MEANS = {
    Agreement.STANDS: "the roster has not changed",
    Agreement.CHANGED: "the roster has changed since; correct it again or withdraw it",
    Agreement.AGREES: "the roster now says the same; you can withdraw it",
    Agreement.UNUSED: "not used: the post has another holder or none, or no district any more",
    Agreement.OVER: "over: its last day has passed",
}


def describe_step(step: Step) -> str:
    """Return a proposed correction as one line."""
    whose = f" of {step.whose}" if step.whose else ""
    own = " of the post itself" if not whose and step.field != CorrectionField.HOLDER else ""
    replaces = f"; replaces correction {step.replaces}" if step.replaces else ""
    return (
        f"{LABELS[step.field]}{whose}{own}: {show_value(step.value)} "
        f"(the roster says {show_value(step.roster_says)}{replaces})"
    )


def describe_correction(one: Compared) -> list[str]:
    """Return a correction as lines of the list."""
    whose = f" of {one.whose}" if one.whose else ""
    until = f", until {one.until}" if one.until else ""
    means = MEANS[one.agreement]
    return [
        f"{one.id}  {one.post} (number {one.post_id}), {LABELS[CorrectionField(one.field)]}{whose}",
        f"    by hand: {show_value(one.value)}{until}",
        f"    roster:  {show_value(one.roster_says)} ({one.agreement}: {means})",
        f"    {stamp(one.made_at)} UTC by {one.made_by}, {one.source}: {one.because}",
    ]


def print_steps(steps: Sequence[Step], dry_run: bool) -> None:
    """Print what the rows of a file corrected, or would correct."""
    if not steps:
        click.echo("Nothing to correct: all of it is already there.")
    for step in steps:
        click.echo(f"{step.post} (number {step.post_id}), {describe_step(step)}")
    if steps:
        click.echo(f"{'Would correct' if dry_run else 'Corrected'}: {len(steps):,}.")


def print_released(released: int) -> None:
    """Print how many held deliveries were released; nothing for 0."""
    if released:
        click.echo(f"Held deliveries released: {released:,}.")
