"""``petition campaigns``: create, update, open and close campaigns, and set a successor.

``list`` and ``show`` are in petition/cli/campaigns/campaign_list.py, ``preview`` is in
letter_preview.py, ``checklist`` and ``open`` are in checklist.py.
"""

from pathlib import Path

import click
from flask.cli import with_appcontext

from petition.boundaries.state_layer import need_states, put_states_in_force
from petition.campaigns.campaign_file import read_campaign_file
from petition.campaigns.lifecycle import create_campaign, set_state, update_campaign
from petition.campaigns.successors import set_successor
from petition.cli.campaigns.campaign_list import list_all, show_one
from petition.cli.campaigns.checklist import open_one, show_checklist
from petition.cli.campaigns.letter_preview import preview_letter
from petition.cli.campaigns.pause import pause_letters, resume_letters
from petition.cli.campaigns.pictures import picture
from petition.cli.campaigns.problem_words import tell_problems
from petition.core.extensions import db
from petition.letters.merge import find_merge_problem
from petition.models import CampaignState


@click.group()
def campaigns() -> None:
    """Create, change, open and close campaigns."""


campaigns.add_command(list_all)
campaigns.add_command(picture)
campaigns.add_command(show_one)
campaigns.add_command(preview_letter)
campaigns.add_command(show_checklist)
campaigns.add_command(open_one)


@campaigns.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def create(file: Path) -> None:
    """Create a draft from FILE, a TOML file with the keys listed in docs/campaigns.md.

    If anything in it is wrong, each mistake is reported on a line with its key, and nothing is
    stored.
    """
    with tell_problems():
        values = read_campaign_file(file)
        create_campaign(values, find_merge_problem)
    click.echo(
        f"Created the draft {values['slug']}. Open it with `petition campaigns open "
        f"{values['slug']}`."
    )


@campaigns.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what would change, and store nothing.")
@with_appcontext
def update(file: Path, dry_run: bool) -> None:
    """Update a campaign from FILE; its letter can change only while no one has signed it."""
    with tell_problems():
        values = read_campaign_file(file)
        changed = update_campaign(values, find_merge_problem, dry_run=dry_run)
    if not changed:
        click.echo(f"{values['slug']} already matches the file.")
        return
    if "layers" in changed and not dry_run and need_states(db.session()):
        put_states_in_force()
    click.echo(f"{'Would change' if dry_run else 'Changed'}: {', '.join(sorted(changed))}.")


@campaigns.command("close")
@click.argument("slug")
@with_appcontext
def close_campaign(slug: str) -> None:
    """Close SLUG to new signatures; letters already on their way are still sent."""
    changed = set_state(slug, CampaignState.CLOSED)
    click.echo(f"{slug} is closed." if changed else f"{slug} was closed already.")


@campaigns.command("pause")
@click.argument("slug")
@click.option("--reason", default="", help="Why, in one line; `petition status` shows it.")
@with_appcontext
def pause_campaign(slug: str, reason: str) -> None:
    """Stop making and sending the letters of SLUG; people can still sign, and nothing is lost."""
    pause_letters(slug, reason)


@campaigns.command("resume")
@click.argument("slug")
@with_appcontext
def resume_campaign(slug: str) -> None:
    """Start making and sending the letters of SLUG again."""
    resume_letters(slug)


@campaigns.command()
@click.argument("slug")
@click.argument("successor", required=False)
@with_appcontext
def follow(slug: str, successor: str | None) -> None:
    """Set SUCCESSOR as the campaign that follows SLUG once it closes; without it, set none.

    Signers who asked for it are e-mailed once, and the closed campaign's page links to it.
    """
    set_successor(slug, successor)
    click.echo(f"{successor} follows {slug}." if successor else f"Nothing follows {slug}.")
