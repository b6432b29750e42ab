"""``petition partners exports``: what organizations took with them, and who owes a removal."""

import click
from flask.cli import AppGroup

from petition.cli.output import format_age, open_console, open_table
from petition.core.clock import utcnow
from petition.partners.exports.export_list import list_exports
from petition.partners.feed.applied_changes import list_late

exports = AppGroup("exports", help="See which lists organizations exported.")


@exports.command("list")
@click.option("--last", default=50, show_default=True, help="How many, newest first.")
def list_all(last: int) -> None:
    """List the exports: who asked for whom, how many people, and the hash of each file."""
    lines = list_exports(limit=last)
    if not lines:
        click.echo("No organization has exported a list.")
        return
    table = open_table(
        "Id", "Organization", "By", "Purpose", "Campaign", "Since", "State", "People", "SHA-256"
    )
    for line in lines:
        table.add_row(
            str(line.id),
            line.organization,
            line.person,
            line.purpose.value,
            line.campaign or "all",
            f"{line.since:%Y-%m-%d}" if line.since else "",
            line.state,
            "\n".join("" if file.people is None else str(file.people) for file in line.files),
            "\n".join(file.sha256 or "broken off" for file in line.files),
        )
    open_console().print(table)


@exports.command("late")
def list_owing() -> None:
    """List the organizations that have not applied a withdrawal for 72 hours: theirs are locked."""
    lines, now = list_late(), utcnow()
    if not lines:
        click.echo("Every organization has applied what was withdrawn.")
        return
    table = open_table("Organization", "Withdrawals", "Oldest", numbers=("Withdrawals", "Oldest"))
    for slug, since, count in lines:
        table.add_row(slug, str(count), format_age(since, now))
    open_console().print(table)
