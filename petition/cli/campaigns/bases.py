"""``petition partners``: the bases of organizations, and what staff decide about them."""

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from petition.cli.output import format_age, open_console, open_table
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput
from petition.core.extensions import db
from petition.error_messages.description import describe_fields
from petition.models import Organization, StaffDecision
from petition.partners.bases.base_changes import decide_base, end_base
from petition.partners.bases.base_list import list_bases, list_waiting_bases

ACTOR = "cli"
ENDED = "ended"


def add_base_commands(partners: AppGroup) -> None:
    """Add the commands to ``petition partners``."""
    partners.add_command(bases)
    partners.add_command(base)


@click.command()
@click.argument("slug", required=False)
@with_appcontext
def bases(slug: str | None) -> None:
    """List the bases that wait for a decision, or all of the organization SLUG."""
    if slug is None:
        found = list_waiting_bases()
    else:
        number = db.session.scalar(select(Organization.id).where(Organization.slug == slug))
        if number is None:
            raise click.ClickException(f"There is no organization {slug}.")
        found = list_bases(number)
    if not found:
        click.echo("No base waits." if slug is None else f"{slug} has no base.")
        return
    table = open_table("Number", "Organization", "Place", "Latitude", "Longitude", "State")
    for one in found:
        waits = f"waits, {format_age(one.asked_at, utcnow())}"
        state = "approved" if one.is_approved else waits
        at = f"{one.latitude:.4f}", f"{one.longitude:.4f}"
        table.add_row(str(one.id), one.slug, one.name, *at, state)
    open_console().print(table)


@click.command()
@click.argument("number", type=int)
@click.option(
    "--as",
    "decision",
    type=click.Choice([*(one.value for one in StaffDecision), ENDED]),
    required=True,
)
@click.option("--why", default="", help="Needed to refuse; it stays in the log, so no names.")
@with_appcontext
def base(number: int, decision: str, why: str) -> None:
    """Approve or refuse the base NUMBER that waits, or end one that is in use."""
    try:
        if decision == ENDED:
            end_base(number, actor=ACTOR)
        else:
            decide_base(number, StaffDecision(decision), actor=ACTOR, because=why)
    except InvalidInput as refused:
        raise click.ClickException(" ".join(describe_fields(refused).values())) from refused
    click.echo(f"Base {number} is {decision}.")
