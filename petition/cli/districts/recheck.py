"""``petition districts recheck``: signatures whose county was found by a ZIP code's centroid."""

from dataclasses import asdict

import click
from flask.cli import with_appcontext

from petition.cli.districts.district_tables import track
from petition.cli.output import count_noun, print_json_line
from petition.locating.point_placements import Recheck
from petition.locating.recheck import recheck_counties


@click.command("recheck")
@click.option("--dry-run", is_flag=True, help="Show how many are affected, and stop.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for a program.")
@with_appcontext
def recheck_all(dry_run: bool, yes: bool, as_json: bool) -> None:
    """Check again the signatures whose county came from a point, as in versions before this one.

    Those whose ZIP code is not in that county alone are located again: they are counted in the
    county that it is in, or wait in review and are asked by e-mail. Signers named in a letter that
    was already sent stay.
    """
    would = _look("looking", dry_run=True)
    if not as_json:
        click.echo(
            f"Signatures already in the county of their ZIP code: {would.told:,}. To be located "
            f"again: {would.again:,}. Left as they are, because a sent letter names them: "
            f"{would.sealed:,}."
        )
    if dry_run or not would.again + would.told:
        _print(would, as_json)
        return
    if would.again and not yes:
        click.confirm("Continue?", abort=True, err=as_json)
    done = _look("rechecking", dry_run=False)
    _print(done, as_json)
    if not as_json:
        click.echo(
            f"{count_noun(done.again, 'signature is', 'signatures are')} being located again. If "
            "one then waits in review, its signer is asked once by e-mail where they live."
        )


def _look(name: str, *, dry_run: bool) -> Recheck:
    with track(name) as progress:
        return recheck_counties(dry_run=dry_run, tell=progress)


def _print(found: Recheck, as_json: bool) -> None:
    if as_json:
        print_json_line(asdict(found))
