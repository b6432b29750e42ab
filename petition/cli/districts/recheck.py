"""``petition districts recheck``: signatures whose county was found by a ZIP code's centroid."""

from dataclasses import asdict

import click
from flask.cli import with_appcontext

from petition.cli.districts.district_tables import track
from petition.cli.output import print_json_line
from petition.locating.point_placements import Recheck
from petition.locating.recheck import recheck_counties


@click.command("recheck")
@click.option("--dry-run", is_flag=True, help="Say how many it is about, and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="One object, for a program.")
@with_appcontext
def recheck_all(dry_run: bool, yes: bool, as_json: bool) -> None:
    """Look again at signatures whose county was told by a point, as it was before this version.

    Those whose ZIP code does not tell that county are located once more: they are counted in the
    one that it tells, or wait in review and are asked by mail. Whom a letter that has gone names
    stays.
    """
    would = _look("looking", dry_run=True)
    if not as_json:
        click.echo(
            f"{would.told:,} signatures are in the county that their ZIP code tells. "
            f"{would.again:,} are to be located once more. {would.sealed:,} stay, as a letter that "
            "has gone names them."
        )
    if dry_run or not would.again + would.told:
        _print(would, as_json)
        return
    if would.again and not yes:
        click.confirm("Go on?", abort=True, err=as_json)
    done = _look("rechecking", dry_run=False)
    _print(done, as_json)
    if not as_json:
        click.echo(
            f"{done.again:,} signatures are being located once more. Those that then wait in "
            "review are asked by mail where they live, once."
        )


def _look(name: str, *, dry_run: bool) -> Recheck:
    with track(name) as progress:
        return recheck_counties(dry_run=dry_run, tell=progress)


def _print(found: Recheck, as_json: bool) -> None:
    if as_json:
        print_json_line(asdict(found))
