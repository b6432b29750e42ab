"""``petition districts recheck``: signatures whose county was told by the middle of a ZIP code."""

import click
from flask.cli import with_appcontext

from petition.geography.rechecking import recheck_counties
from petition.queues import Stage, wake


@click.command("recheck")
@click.option("--dry-run", is_flag=True, help="Say how many it is about, and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_appcontext
def recheck_all(dry_run: bool, yes: bool) -> None:
    """Look again at signatures whose county was told by a point, as it was before this version.

    Those whose ZIP code does not tell that county are located once more: they are counted in the
    one that it tells, or wait in review. Whom a letter that has gone names stays.
    """
    would = recheck_counties(dry_run=True)
    click.echo(
        f"{would.told:,} signatures are in the county that their ZIP code tells. {would.again:,} "
        f"are to be located once more. {would.sealed:,} stay, as a letter that has gone names them."
    )
    if dry_run or not would.again + would.told:
        return
    if would.again and not yes:
        click.confirm("Go on?", abort=True)
    done = recheck_counties()
    wake(Stage.LOCATE)
    click.echo(f"{done.again:,} signatures are being located once more.")
