"""``petition partners``: the organizations that support a campaign."""

from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import select

from petition.cli.output import open_console, open_table
from petition.core.extensions import db
from petition.models import Organization
from petition.partners.organizations import OrganizationForm, join_campaign, save_organization

partners = AppGroup("partners", help="The organizations that carry a campaign.")


@partners.command()
@click.argument("slug")
@click.option("--name", required=True, help="As its logo says it.")
@click.option("--url", help="Its website.")
@click.option("--locality", default="", help="The town it is based in.")
@click.option("--about", default="", help="A sentence on what it does.")
@click.option("--at", metavar="LAT,LON", help="Its base, for people near it to find.")
@click.option(
    "--logo",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A PNG, JPEG or WebP picture of at most 100 kB.",
)
@click.option("--campaign", "campaigns", multiple=True, metavar="SLUG", help="It carries this one.")
@click.option(
    "--offer",
    "offers",
    multiple=True,
    metavar="PURPOSE=WORDING",
    help='What it asks signers for: updates="Send me news of our work."',
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
    """Make the organization SLUG, or update it, and have it carry campaigns."""
    if offers and not campaigns:
        raise click.UsageError("--offer needs --campaign: a consent is asked for in a campaign.")
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
    click.echo(f"{'Made' if is_new else 'Updated'} {name} ({slug}).")


@partners.command("list")
def list_all() -> None:
    """List the organizations."""
    rows = db.session.scalars(select(Organization).order_by(Organization.slug)).all()
    if not rows:
        click.echo("There is no organization yet; `petition partners create` makes one.")
        return
    table = open_table("Slug", "Name", "Town", "Website", "Logo")
    for row in rows:
        table.add_row(
            row.slug, row.name, row.locality, row.url or "", "yes" if row.logo_type else ""
        )
    open_console().print(table)


def _read_point(text: str) -> tuple[float, float]:
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError as error:
        raise click.UsageError(f"--at {text}: write it as 42.36,-71.06") from error
    return latitude, longitude


def _read_offer(text: str) -> tuple[str, str]:
    purpose, found, wording = text.partition("=")
    if not found:
        raise click.UsageError(f'--offer {text}: write it as updates="Send me news."')
    return purpose.strip(), wording
