"""``petition pause`` and ``petition resume``: stop all letters at once, and resume them."""

import click
from flask.cli import with_appcontext

from petition.core.extensions import db
from petition.core.queues import Stage, wake
from petition.delivery.letter_kind import LETTERS
from petition.dispatch import pauses
from petition.letters.make import find_due_milestones

ACTOR = "cli"


@click.command()
@click.option("--all", "everything", is_flag=True, help="Of every campaign.")
@click.option("--reason", default="", help="One line for whoever looks later.")
@with_appcontext
def pause(everything: bool, reason: str) -> None:
    """Stop making and sending letters, within seconds; nothing is lost.

    People go on signing, and letters that a worker has begun to send are ended. `petition resume
    --all` lets the rest go. For one campaign: `petition campaigns pause SLUG`.
    """
    _need_all(everything, "petition campaigns pause SLUG")
    pause_letters(None, reason)


@click.command()
@click.option("--all", "everything", is_flag=True, help="Of every campaign.")
@with_appcontext
def resume(everything: bool) -> None:
    """Let letters be made and sent again; campaigns paused by themselves stay so."""
    _need_all(everything, "petition campaigns resume SLUG")
    resume_letters(None)


def pause_letters(slug: str | None, reason: str) -> None:
    """Pause a campaign, or all with None, and print the result."""
    made = pauses.pause(slug, reason, actor=ACTOR)
    state = "are stopped" if made else "were stopped already"
    whose, command = slug or pauses.ALL, pauses.write_resume(slug)
    click.echo(f"Letters of {whose} {state}; `{command}` lets them go.")


def resume_letters(slug: str | None) -> None:
    """Resume a campaign, or all with None, wake the workers, and print which pauses remain."""
    ended = pauses.resume(slug, actor=ACTOR)
    state = "go again" if ended else "were not stopped"
    click.echo(f"Letters of {slug or pauses.ALL} {state}.")
    for held in pauses.list_pauses(db.session()):
        click.echo(
            f"Still stopped since {held.since:%Y-%m-%d %H:%M} UTC: {held.campaign or pauses.ALL}."
        )
    milestones, deliveries = find_due_milestones(), LETTERS.find_due()
    db.session.rollback()  # no transaction is open while Redis is called
    for milestone_id in milestones:
        wake(Stage.RENDER, milestone_id)
    for delivery_id in deliveries:
        wake(Stage.DELIVER, delivery_id)


def _need_all(everything: bool, other: str) -> None:
    if not everything:
        raise click.UsageError(f"say --all for every campaign, or use `{other}` for one")
