"""The map pages: the states of a campaign, and a state's districts with signatures and letters."""

from urllib.parse import urlsplit

from flask import Response, jsonify, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from petition.core.extensions import get_settings
from petition.web.headers import write_policy
from petition.web.maps import describe_features, read_overview, read_state_map
from petition.web.public.blueprint import public
from petition.web.public.pages.campaigns import find_campaign

A_MINUTE = "public, max-age=60"


@public.get("/campaigns/<slug:slug>/map")
def show_map(slug: str) -> ResponseReturnValue:
    """Show the states in which districts show counts; redirect to the map if there is only one."""
    campaign = find_campaign(slug)
    overview = read_overview(campaign)
    if overview.only:
        code, layer = overview.only
        address = url_for("public.show_state_map", slug=slug, state=code.lower(), layer=layer)
        return redirect(address)
    return render_template("public/map_states.html", campaign=campaign, overview=overview)


@public.get("/campaigns/<slug:slug>/map/<word:state>")
@public.get("/campaigns/<slug:slug>/map/<word:state>/<word:layer>")
def show_state_map(slug: str, state: str, layer: str | None = None) -> Response:
    """Show a state's districts as a drawing and as a table."""
    campaign = find_campaign(slug)
    settings = get_settings()
    page = render_template(
        "public/map.html",
        campaign=campaign,
        map=read_state_map(campaign, state, layer),
        tile_url=settings.tile_url,
        tile_attribution=settings.tile_attribution,
    )
    response = make_response(page)
    if settings.tile_url:
        host = urlsplit(settings.tile_url)
        policy = write_policy(img_src=f"'self' {host.scheme}://{host.netloc}")
        response.headers["Content-Security-Policy"] = policy
    return response


@public.get("/campaigns/<slug:slug>/map/<word:state>/<word:layer>.svg")
def draw(slug: str, state: str, layer: str) -> Response:
    """Return the same districts as an SVG image; the text is on the map's page."""
    campaign = find_campaign(slug)
    picture = render_template(
        "public/map.svg", campaign=campaign, map=read_state_map(campaign, state, layer)
    )
    response = Response(picture, mimetype="image/svg+xml")
    response.headers["Cache-Control"] = A_MINUTE
    return response


@public.get("/campaigns/<slug:slug>/map/<word:state>/<word:layer>.json")
def give_features(slug: str, state: str, layer: str) -> Response:
    """Return the same districts as GeoJSON, for the zoomable map."""
    response = jsonify(describe_features(find_campaign(slug), state, layer))
    response.mimetype = "application/geo+json"
    response.headers["Cache-Control"] = A_MINUTE
    return response
