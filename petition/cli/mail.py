"""``petition mail``: whether mails to signers are taken, and going on once that is mended.

- Exit code 0: done.
"""

import click
from flask.cli import AppGroup

from petition.cli.drawing import print_json_line
from petition.extensions import db
from petition.health.mailing import describe_cause, describe_mailing, read_mailing
from petition.models import LaneName
from petition.queues import Stage, wake
from petition.signing.mails.reviving import resume

ACTOR = "cli"
mail = AppGroup("mail", help="Mails to signers that wait or were refused.")


@mail.command("status")
@click.option("--json", "as_json", is_flag=True, help="One object, for a program.")
def show(as_json: bool) -> None:
    """Show whether the mail server takes the mails to signers, and how many wait."""
    figures = read_mailing(db.session())
    if as_json:
        print_json_line({"lane": LaneName.SIGNERS.value} | describe_mailing(figures))
        return
    click.echo(f"{figures.waiting:,} wait, {figures.refused:,} were refused and have not gone.")
    if figures.stopped and figures.stopped_at and figures.next_try:
        click.echo(
            f"Stopped since {figures.stopped_at:%Y-%m-%d %H:%M} UTC; the next is tried at "
            f"{figures.next_try:%H:%M:%S}."
        )
    if figures.cause:
        click.echo(f"The mail server says that {describe_cause(figures.cause)}.")


@mail.command("resume")
def go_on() -> None:
    """Let the mails go again after the server is mended, those that were given up as well.

    Nobody has to sign again. If they are refused once more, they wait once more.
    """
    count = resume(ACTOR)
    wake(Stage.MAIL)
    click.echo(f"Mails to signers go on; {count:,} that were refused are due again.")
