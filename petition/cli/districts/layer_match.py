"""``petition districts match``: the districts of a ZIP code or an address in each layer.

- Exit code 0: printed, determined or not. 1: no boundary sets are in force. 2: usage error.
"""

import json
from dataclasses import asdict

import click
from flask.cli import with_appcontext

from petition.boundaries.state_layer import put_states_in_force
from petition.cli.output import open_console, open_table
from petition.geocoding.geocoder import Address
from petition.locating.layer_matches import Match, match_address
from petition.models import Layer
from petition.postal.us_states import find_region_code
from petition.postal.zip_places import known_postal_code

ASKED = {"signer": "ask which one is theirs", "street": "ask for the street", None: "not known now"}


@click.command("match")
@click.option(
    "--postal-code",
    "postal_codes",
    metavar="ZIP",
    required=True,
    multiple=True,
    help="ZIP code; may be repeated.",
)
@click.option("--street", metavar="TEXT", default="", help="House number and street.")
@click.option("--locality", metavar="TEXT", default="", help="The town.")
@click.option(
    "--state", metavar="TEXT", default="", help="State as written; some ZIP codes are in two."
)
@click.option(
    "--layer",
    "layers",
    type=click.Choice([str(layer) for layer in Layer]),
    multiple=True,
    help="Only this layer; may be repeated. By default all in force.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object per line, for a program."
)
@with_appcontext
def match_one(
    postal_codes: tuple[str, ...],
    street: str,
    locality: str,
    state: str,
    layers: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show which districts a ZIP code or an address is in, by the rules used for signers."""
    places = [known_postal_code(text) for text in postal_codes]
    if None in places:
        wrong = postal_codes[places.index(None)]
        raise click.BadParameter(
            f"there is no ZIP code {wrong!r}; check the five digits", param_hint="--postal-code"
        )
    region = find_region_code(state)
    if state.strip() and not region:
        raise click.BadParameter(
            f"there is no state {state!r}; give its postal abbreviation, such as MA",
            param_hint="--state",
        )
    if Layer.STATE in layers:
        put_states_in_force()  # created from our list of states, if no campaign has needed them yet
    for place in places:
        code = place.postal_code if place else ""
        matches = match_address(Address(street, locality, region, code), layers)
        if as_json:
            click.echo(json.dumps({layer: asdict(match) for layer, match in matches.items()}))
        else:
            _draw(code, matches)


def _draw(code: str, matches: dict[str, Match]) -> None:
    table = open_table(code, "district", "by")
    for layer, match in matches.items():
        districts = match.districts or match.candidates
        table.add_row(layer, "\n".join(districts), match.decided_by or ASKED[match.ask])
    open_console().print(table)
