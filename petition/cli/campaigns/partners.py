"""``petition partners``: the organizations that support a campaign."""

from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import select

from petition.accounts import invitations
from petition.cli.campaigns.applications import add_commands
from petition.cli.campaigns.bases import add_base_commands
from petition.cli.campaigns.exports import exports
from petition.cli.campaigns.relayed import messages
from petition.cli.campaigns.tokens import tokens
from petition.cli.output import open_console, open_table
from petition.core.errors import InvalidInput
from petition.core.extensions import db
from petition.error_messages.description import describe_fields
from petition.models import GROUP_ROLES, Organization, RoleName
from petition.partners.organizations import (
    PURPOSES,
    OrganizationForm,
    join_campaign,
    save_organization,
)

partners = AppGroup("partners", help="Create and list the organizations that support campaigns.")
partners.add_command(tokens)
add_commands(partners)
add_base_commands(partners)
partners.add_command(exports)
partners.add_command(messages)


@partners.command()
@click.argument("slug")
@click.option("--name", required=True, help="Its name, as in its logo.")
@click.option("--url", help="Its website.")
@click.option("--locality", default="", help="The town where it is based.")
@click.option("--about", default="", help="One sentence about what it does.")
@click.option("--at", metavar="LAT,LON", help="A base of it: people near it are found.")
@click.option(
    "--logo",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A PNG, JPEG or WebP picture of at most 100 kB.",
)
@click.option(
    "--campaign",
    "campaigns",
    multiple=True,
    metavar="SLUG",
    help="A campaign that it supports; may be repeated.",
)
@click.option(
    "--offer",
    "offers",
    multiple=True,
    metavar="PURPOSE[=WORDING]",
    help="What it asks signers to allow: updates (its e-mails) or contact (it may find them and"
    ' write), in our words; or in its own, such as updates="Send me news of your work."',
)
def create(
    slug: str,
    name: str,
    url: str | None,
    locality: str,
    about: str,
    at: str | None,
    logo: Path | None,
    campaigns: tuple[str, ...],
    offers: tuple[str, ...],
) -> None:
    """Create or update the organization SLUG, and list it as a supporter of campaigns."""
    if offers and not campaigns:
        raise click.UsageError("--offer needs --campaign: consent is asked for within a campaign.")
    form = OrganizationForm(
        slug=slug,
        name=name,
        url=url,
        locality=locality,
        about=about,
        at=_read_point(at) if at else None,
        logo_name=logo.name if logo else "",
        logo=logo.read_bytes() if logo else None,
    )
    wordings = dict(_read_offer(offer) for offer in offers)
    is_new = save_organization(form)
    for campaign in campaigns:
        join_campaign(slug, campaign, wordings)
    click.echo(f"{'Created' if is_new else 'Updated'} {name} ({slug}).")


@partners.command()
@click.argument("email")
@click.argument("slug")
@click.option(
    "--role",
    type=click.Choice([role.value for role in GROUP_ROLES]),
    required=True,
    help="What they may do; see docs/roles.md.",
)
def invite(email: str, slug: str, role: str) -> None:
    """Invite EMAIL to the organization SLUG, by a link that works once; again sends a new one."""
    organization_id = db.session.scalar(select(Organization.id).where(Organization.slug == slug))
    if organization_id is None:
        raise click.ClickException(f"There is no organization {slug}.")
    try:
        number = invitations.invite(
            email, RoleName(role), actor="cli", organization_id=organization_id
        )
    except InvalidInput as refused:
        problems = describe_fields(refused).items()
        raise click.ClickException(
            " ".join(f"The {field} {problem}." for field, problem in problems)
        ) from refused
    click.echo(f"Invitation {number} to {slug} as {role} is on its way.")


@partners.command("list")
def list_all() -> None:
    """List the organizations."""
    rows = db.session.scalars(select(Organization).order_by(Organization.slug)).all()
    if not rows:
        click.echo("No organizations yet. Create one with `petition partners create`.")
        return
    table = open_table("Slug", "Name", "Town", "Website", "Logo", "State")
    for row in rows:
        table.add_row(
            row.slug,
            row.name,
            row.locality,
            row.url or "",
            "yes" if row.logo_type else "",
            row.state,
        )
    open_console().print(table)


def _read_point(text: str) -> tuple[float, float]:
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError as error:
        raise click.UsageError(
            f"--at {text}: give latitude and longitude, such as 42.36,-71.06"
        ) from error
    return latitude, longitude


def _read_offer(text: str) -> tuple[str, str]:
    purpose, found, wording = text.partition("=")
    if not (found and wording.strip()) and purpose.strip() not in PURPOSES:
        raise click.UsageError(f'--offer {text}: write it like updates="Send me news."')
    return purpose.strip(), wording
