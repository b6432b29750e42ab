"""``petition addresses``: how street lines are normalized before geocoding.

- Exit code 0: printed. 2: usage error. Nothing is looked up, stored or sent.
"""

import click

from petition.cli.output import print_json_line
from petition.geocoding.geocoder import Address
from petition.geocoding.normalization import AddressKind, Normalized, normalize

_WHY = {
    AddressKind.POSTAL: "no street; only the ZIP code is used",
    AddressKind.POST_OFFICE_BOX: "a post office box; the signer is asked where they live",
    AddressKind.RURAL_ROUTE: "a route without a house number; the signer is asked where they live",
    AddressKind.MILITARY: "a military address; it is in no district",
}


@click.group()
def addresses() -> None:
    """Show how addresses are read."""


@addresses.command()
@click.argument("texts", metavar="TEXT...", nargs=-1, required=True)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object per line, for a program."
)
def explain(texts: tuple[str, ...], as_json: bool) -> None:
    """Show what geocoders are asked for each TEXT, a street as it was typed.

    Town, state and ZIP code may follow the street. Nothing is looked up or sent.
    """
    for text in texts:
        found = normalize(Address(text, "", "", ""))
        asked = found.address.street_address or None
        if as_json:
            print_json_line({"text": text, "asked": asked, "treatment": str(found.kind)})
        else:
            click.echo(f"{text}: {_say(found)}")


def _say(found: Normalized) -> str:
    if found.kind != AddressKind.STREET:
        return f"no geocoder is asked ({found.kind}): {_WHY[found.kind]}"
    address = found.address
    place = " ".join(filter(None, (address.locality, address.region, address.postal_code)))
    behind = f"; in {place}" if place else ""
    return f"asked as {address.street_address}{behind}"
