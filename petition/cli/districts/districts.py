"""``petition districts``: import, check, activate and list boundary sets.

- Exit code 0: done. 1: refused, with what to do. 2: usage error.
"""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from petition.boundaries.checks.set_checks import check_districts
from petition.boundaries.checks.set_list import list_sets
from petition.boundaries.fetching.tiger import BASE_URL, YEAR, name_census_file
from petition.boundaries.fetching.zip_download import download
from petition.boundaries.importing.layer_detection import RULES
from petition.boundaries.importing.set_import import Order, import_file
from petition.cli.districts.activation import activate_one
from petition.cli.districts.district_tables import draw_sets, print_check, print_import, track
from petition.cli.districts.layer_match import match_one
from petition.cli.districts.recheck import recheck_all
from petition.cli.output import open_console, print_json
from petition.core.extensions import get_settings
from petition.postal.us_states import BY_CODE

LAYERS = sorted(map(str, RULES))
districts = AppGroup(
    "districts", help="Import, fetch, check, activate and list boundary sets; match an address."
)
districts.add_command(activate_one)
districts.add_command(match_one)
districts.add_command(recheck_all)
_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_ids = click.option(
    "--ids",
    type=_file,
    metavar="MAPPING",
    help="Which division each GEOID is: OpenStates' YAML or Open Civic Data's CSV.",
)
_effective_from = click.option(
    "--effective-from",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The day on which the set should take effect.",
)


@districts.command("import")
@click.argument("file", type=_file)
@click.option(
    "--layer",
    type=click.Choice(LAYERS),
    help="The layer expected; a file of another one is refused.",
)
@click.option("--scope", metavar="S", help="us, or a state such as ma; only its rows are imported.")
@_ids
@_effective_from
@click.option("--dry-run", is_flag=True, help="Check the file, and store nothing.")
def import_one(
    file: Path,
    layer: str | None,
    scope: str | None,
    ids: Path | None,
    effective_from: datetime | None,
    dry_run: bool,
) -> None:
    """Store the districts in FILE (Census .zip, .shp, .geojson) as a set that is not in force."""
    day = effective_from.date() if effective_from else None
    _import(Order(file, layer, scope.lower() if scope else None, ids, day), dry_run)


@districts.command()
@click.option("--layer", type=click.Choice(LAYERS), required=True)
@click.option(
    "--state",
    metavar="CODE",
    help="State, such as MA; from a file for the whole country only its rows are imported.",
)
@click.option("--year", type=int, help=f"The vintage; {YEAR} by default.")
@click.option("--generalized", is_flag=True, help="The cartographic boundary file, 1:500,000.")
@click.option("--import/--no-import", "store", default=True, help="Import the file too.")
@click.option(
    "--base-url", default=BASE_URL, show_default=True, help="A mirror of the Census Bureau's site."
)
@_ids
@_effective_from
def fetch(
    layer: str,
    state: str | None,
    year: int | None,
    generalized: bool,
    store: bool,
    base_url: str,
    ids: Path | None,
    effective_from: datetime | None,
) -> None:
    """Fetch a boundary file from the Census Bureau, and import it."""
    if state is not None and state.upper() not in BY_CODE:
        raise click.BadParameter(
            "give a state's postal abbreviation, such as MA", param_hint="--state"
        )
    where = BY_CODE[state.upper()] if state else None
    found = name_census_file(layer, where, year, generalized=generalized)
    with track(found.name) as progress:
        path = download(
            f"{base_url.rstrip('/')}/{found.path}",
            get_settings().data_dir / "downloads",
            progress=progress,
            tell=lambda words: click.echo(f"{words}."),
        )
    click.echo(f"Fetched {path}.")
    if store:
        scope = where.code.lower() if where and found.national else None
        day = effective_from.date() if effective_from else None
        _import(Order(path, layer, scope, ids, day), dry_run=False)


@districts.command()
@click.argument("set_id", metavar="[ID]", required=False, type=click.IntRange(1, 2**31 - 1))
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON, for a program.")
def check(set_id: int | None, as_json: bool) -> None:
    """Check the sets in force, with newer loaded sets in their place; or only the set ID."""
    found = check_districts(set_id)
    if as_json:
        print_json(
            {
                layer.layer: {
                    "districts": layer.districts,
                    "with_division_id": layer.with_division_id,
                    "invalid": len(layer.invalid),
                    "overlaps": len(layer.overlaps),
                    "gaps": layer.count_gaps,
                    "without_post": len(layer.without_post),
                }
                for layer in found.layers
            }
        )
        return
    print_check(open_console(), found)


@districts.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
def list_all(as_json: bool) -> None:
    """List the boundary sets, the newest of each layer and scope first."""
    rows = list_sets()
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], indent=2, default=str))
    elif rows:
        open_console().print(draw_sets(rows))
    else:
        click.echo("No boundary sets yet. Import one with `petition districts import FILE`.")


def _import(order: Order, dry_run: bool) -> None:
    with track(order.path.name) as progress:
        done = import_file(order, dry_run=dry_run, progress=progress)
    print_import(open_console(), done, mapped=order.ids is not None, dry_run=dry_run)
