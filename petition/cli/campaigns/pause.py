"""``petition pause`` and ``petition resume``: stop all letters at once, and resume them."""

import click
from flask.cli import with_appcontext

from petition.attention.letter_pauses import resume_paused
from petition.core.extensions import db
from petition.dispatch import pauses

ACTOR = "cli"


@click.command()
@click.option("--all", "everything", is_flag=True, help="Do it for every campaign.")
@click.option("--reason", default="", help="Why, in one line; `petition status` shows it.")
@with_appcontext
def pause(everything: bool, reason: str) -> None:
    """Stop making and sending letters within seconds; nothing is lost.

    People can still sign, and letters already being sent are finished. `petition resume --all`
    starts the rest again. For one campaign, use `petition campaigns pause SLUG`.
    """
    _need_all(everything, "petition campaigns pause SLUG")
    pause_letters(None, reason)


@click.command()
@click.option("--all", "everything", is_flag=True, help="Do it for every campaign.")
@with_appcontext
def resume(everything: bool) -> None:
    """Start making and sending letters again; campaigns that were paused one by one stay paused."""
    _need_all(everything, "petition campaigns resume SLUG")
    resume_letters(None)


def pause_letters(slug: str | None, reason: str) -> None:
    """Pause a campaign, or all with None, and print the result."""
    made = pauses.pause(slug, reason, actor=ACTOR)
    state = "are stopped" if made else "were already stopped"
    whose, command = slug or pauses.ALL, pauses.write_resume(slug)
    click.echo(f"Letters of {whose} {state}. Start them again with `{command}`.")


def resume_letters(slug: str | None) -> None:
    """Resume a campaign, or all with None, wake the workers, and print which pauses remain."""
    ended = resume_paused(slug, actor=ACTOR)
    state = "are being made and sent again" if ended else "were not stopped"
    click.echo(f"Letters of {slug or pauses.ALL} {state}.")
    for held in pauses.list_pauses(db.session()):
        click.echo(
            f"Still stopped, since {held.since:%Y-%m-%d %H:%M} UTC: {held.campaign or pauses.ALL}."
        )
    db.session.rollback()


def _need_all(everything: bool, other: str) -> None:
    if not everything:
        raise click.UsageError(f"give --all for every campaign, or use `{other}` for one")
