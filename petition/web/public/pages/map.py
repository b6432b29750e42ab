"""The map pages: the states of a campaign, and a state's districts with signatures and letters."""

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from flask import Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from petition.core.extensions import get_settings
from petition.models import Campaign
from petition.web.headers import write_policy
from petition.web.maps import COUNTRY, describe_features, read_overview, read_state_map
from petition.web.public.blueprint import public
from petition.web.public.pages.campaigns import find_campaign
from petition.web.public.pages.country_map import draw_country

A_MINUTE = "public, max-age=60"


@dataclass(frozen=True, slots=True)
class PictureColors:
    """The colors of a map as a picture, which can ask for no style sheet: those of map.css."""

    accent: str
    paper: str
    ink: str
    line: str
    faint: str


LIGHT = PictureColors("#0b5a78", "#fffefb", "#1a2129", "#4d5761", "#dcd7cb")
DARK = PictureColors("#84c9e3", "#1b2126", "#e9e6df", "#adb3b8", "#333b43")


@public.get("/campaigns/<slug:slug>/map")
def show_map(slug: str) -> ResponseReturnValue:
    """Show the states in which districts show counts; redirect to the map if there is only one."""
    campaign = find_campaign(slug)
    overview = read_overview(campaign)
    if overview.only:
        code, layer = overview.only
        address = url_for("public.show_state_map", slug=slug, state=code.lower(), layer=layer)
        return redirect(address)
    country = draw_country(campaign, overview)
    return render_template(
        "public/map_states.html", campaign=campaign, overview=overview, country=country
    )


@public.get("/campaigns/<slug:slug>/map/us.svg")
@public.get("/campaigns/<slug:slug>/map/us-dark.svg", endpoint="draw_states_dark")
def draw_states(slug: str) -> Response:
    """Return the map of the country as an SVG image, for light or dark ground."""
    campaign = find_campaign(slug)
    country = draw_country(campaign, read_overview(campaign))
    return _answer_picture("public/country.svg", campaign, country=country)


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
@public.get("/campaigns/<slug:slug>/map/<word:state>/<word:layer>-dark.svg", endpoint="draw_dark")
def draw(slug: str, state: str, layer: str) -> Response:
    """Return the same districts as an SVG image; the text is on the map's page."""
    campaign = find_campaign(slug)
    return _answer_picture("public/map.svg", campaign, map=read_state_map(campaign, state, layer))


@dataclass(frozen=True, slots=True)
class MapPictures:
    """The URLs of a map as a picture on light and on dark ground, and of the map itself."""

    light: str
    dark: str
    page: str


def find_map_pictures(campaign: Campaign, map_of: tuple[str, str] | None) -> MapPictures:
    """Return the URLs for what ``find_widest`` gave; those of the country where it gave None."""
    state, layer = map_of or (COUNTRY, "")
    if state == COUNTRY:
        views = ("draw_states", "draw_states_dark", "show_map")
        found = [url_for(f"public.{view}", slug=campaign.slug) for view in views]
    else:
        views = ("draw", "draw_dark", "show_state_map")
        found = [
            url_for(f"public.{view}", slug=campaign.slug, state=state.lower(), layer=layer)
            for view in views
        ]
    return MapPictures(*found)


def _answer_picture(template: str, campaign: Campaign, **values: object) -> Response:
    is_dark = request.endpoint in ("public.draw_dark", "public.draw_states_dark")
    ink = DARK if is_dark else replace(LIGHT, accent=campaign.accent or LIGHT.accent)
    response = Response(render_template(template, ink=ink, **values), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = A_MINUTE
    return response


@public.get("/campaigns/<slug:slug>/map/<word:state>/<word:layer>.json")
def give_features(slug: str, state: str, layer: str) -> Response:
    """Return the same districts as GeoJSON, for the zoomable map."""
    response = jsonify(describe_features(find_campaign(slug), state, layer))
    response.mimetype = "application/geo+json"
    response.headers["Cache-Control"] = A_MINUTE
    return response
