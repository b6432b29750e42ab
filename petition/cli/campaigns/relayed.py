"""``petition partners messages``: what organizations write to people through the service."""

import click
from flask.cli import AppGroup
from sqlalchemy import select

from petition.cli.output import open_console, open_table
from petition.core.errors import UserError
from petition.core.extensions import db
from petition.error_messages.description import describe_error
from petition.models import Organization
from petition.partners.relay.message_list import find_organization_id, list_messages
from petition.partners.relay.sending import pause_message, stop_message

ACTOR = "cli"
messages = AppGroup("messages", help="List, pause and stop what organizations write to people.")


@messages.command("list")
@click.option("--organization", metavar="SLUG", help="Only of this organization.")
def list_all(organization: str | None) -> None:
    """List the last hundred messages with how many people got each; their text is not shown."""
    organization_id = None
    if organization is not None:
        found = select(Organization.id).where(Organization.slug == organization)
        organization_id = db.session.scalar(found)
        if organization_id is None:
            raise click.ClickException(f"There is no organization {organization}.")
    lines = list_messages(organization_id)
    if not lines:
        click.echo("No messages yet.")
        return
    counted = ("People", "Sent", "Waiting", "Unknown", "Refused", "Not sent")
    table = open_table("Id", "Organization", "State", *counted, "Begun", numbers=counted)
    for line in lines:
        begun = f"{line.started_at:%Y-%m-%d %H:%M}" if line.started_at else ""
        numbers = [line.people or 0, *line.counts.values()]
        cells = [f"{number:,}" for number in numbers]
        table.add_row(str(line.id), line.slug, line.state, *cells, begun)
    open_console().print(table)


@messages.command()
@click.argument("number", metavar="ID", type=int)
def pause(number: int) -> None:
    """Pause message ID: no one is written to until the organization goes on with it."""
    organization_id = _find(number)
    try:
        pause_message(organization_id, number, ACTOR)
    except UserError as refused:
        raise click.ClickException(describe_error(refused)) from None
    click.echo(f"Message {number} is paused.")


@messages.command()
@click.argument("number", metavar="ID", type=int)
def stop(number: int) -> None:
    """Stop message ID for good: no one else is written to."""
    organization_id = _find(number)
    try:
        left = stop_message(organization_id, number, ACTOR)
    except UserError as refused:
        raise click.ClickException(describe_error(refused)) from None
    click.echo(f"Message {number} is stopped; {left:,} people are not written to.")


def _find(number: int) -> int:
    organization_id = find_organization_id(number)
    if organization_id is None:
        raise click.ClickException(f"There is no message {number}.")
    return organization_id
