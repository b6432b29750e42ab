"""``petition campaigns``: make one from a file, open it, close it, say what follows it."""

import tomllib
from pathlib import Path

import click
from flask.cli import with_appcontext

from petition.errors import ImportRefused
from petition.letters.merge import check_merge_fields
from petition.models import CampaignState
from petition.signing.campaigns import create_campaign, set_state
from petition.signing.successors import set_successor


@click.group()
def campaigns() -> None:
    """Make, open and close campaigns."""


@campaigns.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def create(file: Path) -> None:
    """Make a draft from FILE, a TOML with the keys that docs/campaigns.md lists."""
    try:
        values = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ImportRefused(f"{file}: not a TOML file in UTF-8: {error}") from error
    create_campaign(values, check_merge_fields)
    click.echo(
        f"Made the draft {values['slug']}; `petition campaigns open {values['slug']}` opens it."
    )


@campaigns.command("open")
@click.argument("slug")
@with_appcontext
def open_campaign(slug: str) -> None:
    """Let the campaign SLUG take signatures."""
    changed = set_state(slug, CampaignState.OPEN)
    click.echo(f"{slug} is open." if changed else f"{slug} was open already.")


@campaigns.command("close")
@click.argument("slug")
@with_appcontext
def close_campaign(slug: str) -> None:
    """Take no more signatures for SLUG; what is on its way goes on."""
    changed = set_state(slug, CampaignState.CLOSED)
    click.echo(f"{slug} is closed." if changed else f"{slug} was closed already.")


@campaigns.command()
@click.argument("slug")
@click.argument("successor", required=False)
@with_appcontext
def follow(slug: str, successor: str | None) -> None:
    """Say that SUCCESSOR follows SLUG once that is closed; without it, that nothing does.

    Signers who asked to be told are mailed once, and the closed campaign's page leads there.
    """
    set_successor(slug, successor)
    click.echo(f"{successor} follows {slug}." if successor else f"Nothing follows {slug}.")
