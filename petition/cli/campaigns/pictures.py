"""``petition campaigns picture``: the pictures of a campaign's page."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from petition.campaigns.campaign_pictures import remove_picture, save_picture


@click.command()
@click.argument("slug")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--alt", default="", help="What it shows, for people who cannot see it; required.")
@click.option(
    "--section",
    type=click.IntRange(0, 99),
    default=0,
    help="Show it beside section N of the issues; without it, as the picture of the campaign.",
)
@click.option("--remove", is_flag=True, help="Remove the picture instead.")
@with_appcontext
def picture(slug: str, file: Path | None, alt: str, section: int, remove: bool) -> None:
    """Show FILE, a PNG, JPEG or WebP of at most 100 kB, on the page of the campaign SLUG."""
    where = f"section {section}" if section else "the campaign"
    if remove:
        found = remove_picture(slug, section)
        click.echo(f"Removed the picture of {where}." if found else f"{where} has no picture.")
        return
    if file is None:
        raise click.UsageError("Name the picture's FILE, or give --remove.")
    is_new = save_picture(slug, section, file.name, file.read_bytes(), alt)
    click.echo(f"{'Added' if is_new else 'Replaced'} the picture of {where}.")
