"""``petition mail``: whether the mail server accepts what is sent, and resuming a lane.

- Exit code 0: done.
"""

import click
from flask.cli import AppGroup

from petition.cli.output import print_json_line
from petition.core.extensions import db
from petition.core.queues import Stage, wake
from petition.delivery.letter_kind import LETTERS
from petition.delivery.requeue import resume_letters
from petition.health.mail_lanes import (
    LaneFigures,
    describe_cause,
    describe_mailing,
    read_letter_mailing,
    read_mailing,
    read_relay_mailing,
)
from petition.models import LaneName
from petition.notifications.relayed.relay_resume import resume_relay
from petition.notifications.requeueing import resume

ACTOR = "cli"
READERS = {
    LaneName.SIGNERS: read_mailing,
    LaneName.LETTERS: read_letter_mailing,
    LaneName.RELAY: read_relay_mailing,
}
TITLES = {
    LaneName.SIGNERS: "E-mails to signers",
    LaneName.LETTERS: "Letters by e-mail",
    LaneName.RELAY: "Messages of organizations",
}
mail = AppGroup(
    "mail",
    help="Show and resume e-mails to signers, and letters, that are waiting or were refused.",
)


@mail.command("status")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object per line, for a program."
)
def show(as_json: bool) -> None:
    """Show whether the mail server accepts e-mails of each kind, and how many wait."""
    for name, read in READERS.items():
        figures = read(db.session())
        if as_json:
            print_json_line({"lane": name.value} | describe_mailing(figures))
        else:
            _print(TITLES[name], figures)


@mail.command("resume")
@click.argument("lane", type=click.Choice([name.value for name in LaneName]), required=False)
def go_on(lane: str | None) -> None:
    """Resume e-mails to signers (LANE signers), letters (letters) or messages of organizations
    (relay); without LANE, all.

    Use it once the server is fixed. E-mails and letters that were given up or failed because of it
    are sent too, so no one has to sign again. If they are refused again, they wait again.
    """
    if lane in (None, LaneName.SIGNERS):
        count = resume(ACTOR)
        wake(Stage.MAIL)
        click.echo(f"E-mails to signers resume; {_tell_due(count)}.")
    if lane in (None, LaneName.LETTERS):
        count = resume_letters(ACTOR)
        due = LETTERS.find_due()
        db.session.rollback()  # no transaction is open while Redis is called
        for delivery_id in due:
            wake(Stage.DELIVER, delivery_id)
        click.echo(f"Letters by e-mail resume; {_tell_due(count)}.")
    if lane in (None, LaneName.RELAY):
        count = resume_relay(ACTOR)
        wake(Stage.DISPATCH)
        click.echo(f"Messages of organizations resume; {_tell_due(count)}.")


def _tell_due(count: int) -> str:
    return f"{count:,} that {'was' if count == 1 else 'were'} refused will be sent again"


def _print(title: str, figures: LaneFigures) -> None:
    click.echo(
        f"{title}: {figures.waiting:,} waiting, {figures.refused:,} refused and not sent since."
    )
    if figures.stopped and figures.stopped_at and figures.next_try:
        click.echo(
            f"Stopped since {figures.stopped_at:%Y-%m-%d %H:%M} UTC; the next try is at "
            f"{figures.next_try:%H:%M:%S}."
        )
    if figures.cause:
        click.echo(f"The mail server says that {describe_cause(figures.cause)}.")
