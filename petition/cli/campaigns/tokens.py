"""``petition partners tokens``: the tokens by which programs of an organization use the API."""

import click
from flask.cli import AppGroup
from sqlalchemy import select

from petition.cli.output import open_console, open_table
from petition.core.errors import InvalidInput
from petition.core.extensions import db
from petition.error_messages.description import describe_fields
from petition.models import Organization
from petition.partners.tokens import token_store
from petition.partners.tokens.scopes import TokenScope, write_scopes

ACTOR = "cli"
tokens = AppGroup("tokens", help="Make, list and revoke tokens of the API.")


@tokens.command("list")
@click.argument("slug")
def list_tokens(slug: str) -> None:
    """List the tokens of the organization SLUG."""
    lines = token_store.list_tokens(_find_id(slug))
    if not lines:
        click.echo(f"{slug} has no tokens. Make one with `petition partners tokens create`.")
        return
    table = open_table("Id", "Name", "Begins", "Scopes", "Expires", "Last used", "State")
    for line in lines:
        used = f"{line.last_used_at:%Y-%m-%d %H}:00" if line.last_used_at else "never"
        state = "revoked" if line.revoked_at else "expired" if line.ended else "in force"
        scopes = write_scopes(line.scopes)
        table.add_row(
            str(line.id), line.name, line.prefix, scopes, f"{line.expires_at:%Y-%m-%d}", used, state
        )
    open_console().print(table)


@tokens.command()
@click.argument("slug")
@click.option("--name", required=True, help="Such as the program that will use it.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([scope.value for scope in TokenScope]),
    help="What it may do; may be repeated.",
)
@click.option("--days", default=token_store.USUAL_DAYS, show_default=True, help="Until it expires.")
def create(slug: str, name: str, scopes: tuple[str, ...], days: int) -> None:
    """Make a token for the organization SLUG, and print it once."""
    try:
        made = token_store.create_token(_find_id(slug), name, scopes, actor=ACTOR, days=days)
    except InvalidInput as refused:
        words = " ".join(describe_fields(refused).values())
        raise click.ClickException(words) from refused
    click.echo(f"Token {made.id} of {slug}, shown this once:")
    click.echo(made.secret)


@tokens.command()
@click.argument("slug")
@click.argument("number", type=int)
def revoke(slug: str, number: int) -> None:
    """End the token NUMBER of the organization SLUG at once."""
    ended = token_store.revoke_token(_find_id(slug), number, actor=ACTOR)
    click.echo(f"Token {number} is revoked." if ended else f"Token {number} was revoked before.")


def _find_id(slug: str) -> int:
    found = db.session.scalar(select(Organization.id).where(Organization.slug == slug))
    if found is None:
        raise click.ClickException(f"There is no organization {slug}.")
    return found
