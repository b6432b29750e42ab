"""The map in a frame: the states, or a state's districts; their pages open in a new tab."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from petition.web.embed.framing import embed
from petition.web.maps import read_overview, read_state_map
from petition.web.public.pages.campaigns import find_campaign
from petition.web.public.pages.country_map import draw_country


@embed.get("/<slug:slug>/map")
def show_map(slug: str) -> ResponseReturnValue:
    """Show the states in which districts show their counts; go on where there is only one."""
    campaign = find_campaign(slug)
    overview = read_overview(campaign)
    if overview.only:
        code, layer = overview.only
        address = url_for("embed.show_state_map", slug=slug, state=code.lower(), layer=layer)
        return redirect(address)
    country = draw_country(campaign, overview)
    return render_template(
        "embed/map_states.html", campaign=campaign, overview=overview, country=country
    )


@embed.get("/<slug:slug>/map/<word:state>/<word:layer>")
def show_state_map(slug: str, state: str, layer: str) -> str:
    """Show a state's districts."""
    campaign = find_campaign(slug)
    found = read_state_map(campaign, state, layer)
    return render_template("embed/map.html", campaign=campaign, map=found)
