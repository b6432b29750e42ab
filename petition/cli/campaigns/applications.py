"""``petition partners``: applications of organizations, and what staff decide about them."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import AppGroup, with_appcontext

from petition.cli.output import format_age, open_console, open_table
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput
from petition.error_messages.description import describe_fields
from petition.models import StaffDecision
from petition.partners.applications import application_decisions
from petition.partners.applications.application_list import list_applications, list_changes
from petition.partners.profile.organization_edits import decide_change

ACTOR = "cli"
WHY = "The reason, without names: it stays in the log for good."


def add_commands(partners: AppGroup) -> None:
    """Add the commands to ``petition partners``."""
    for command in (applications, approve, refuse, suspend, resume, change):
        partners.add_command(command)


@click.command()
@with_appcontext
def applications() -> None:
    """List the applications, and the changes of organizations, that wait for a decision."""
    found, changes, console = list_applications(), list_changes(), open_console()
    if not found and not changes:
        console.print("No application and no change waits.")
        return
    if found:
        table = open_table("Number", "Name", "Web page", "Address", "Proved by", "Waits")
        for one in found:
            waits = format_age(one.proved_at, utcnow())
            proof = one.domain or "nothing: vouch for it"
            table.add_row(str(one.id), one.name, one.url, one.email, proof, waits)
        console.print(table)
    if changes:
        table = open_table("Change", "Organization", "Fields", "Waits")
        for asked in changes:
            waits = format_age(asked.made_at, utcnow())
            table.add_row(str(asked.id), asked.slug, ", ".join(asked.after), waits)
        console.print(table)


@click.command()
@click.argument("number", type=int)
@click.option("--slug", default="", help="Its short name; made of its name if left out.")
@click.option("--why", default="", help=f"Needed where the address proves nothing. {WHY}")
@with_appcontext
def approve(number: int, slug: str, why: str) -> None:
    """Approve the application NUMBER, and invite the applicant as the first owner."""
    with _telling():
        chosen = application_decisions.approve(number, actor=ACTOR, slug=slug, because=why)
    click.echo(f"Approved as {chosen}. The invitation to its first owner is on its way.")


@click.command()
@click.argument("number", type=int)
@click.option("--why", required=True, help=WHY)
@with_appcontext
def refuse(number: int, why: str) -> None:
    """Refuse the application NUMBER."""
    with _telling():
        application_decisions.refuse(number, actor=ACTOR, because=why)
    click.echo(f"Refused application {number}.")


@click.command()
@click.argument("slug")
@click.option("--why", required=True, help=WHY)
@with_appcontext
def suspend(slug: str, why: str) -> None:
    """Suspend the organization SLUG: it is shown nowhere and looks nothing up."""
    with _telling():
        application_decisions.suspend(slug, actor=ACTOR, because=why)
    click.echo(f"{slug} is suspended.")


@click.command()
@click.argument("slug")
@click.option("--why", required=True, help=WHY)
@with_appcontext
def resume(slug: str, why: str) -> None:
    """Resume the suspended organization SLUG."""
    with _telling():
        application_decisions.resume(slug, actor=ACTOR, because=why)
    click.echo(f"{slug} is approved again.")


@click.command()
@click.argument("number", type=int)
@click.option(
    "--as", "decision", type=click.Choice([one.value for one in StaffDecision]), required=True
)
@click.option("--why", default="", help=f"Needed to refuse. {WHY}")
@with_appcontext
def change(number: int, decision: str, why: str) -> None:
    """Approve or refuse the change NUMBER of an organization's name or members."""
    with _telling():
        decide_change(number, StaffDecision(decision), actor=ACTOR, because=why)
    click.echo(f"Change {number} is {decision}.")


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except InvalidInput as refused:
        raise click.ClickException(" ".join(describe_fields(refused).values())) from refused
