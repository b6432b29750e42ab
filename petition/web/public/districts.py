"""A district's page, and the page that finds the districts of a ZIP code or an address."""

from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, render_template, request
from flask_babel import gettext, lazy_gettext

from petition.clock import utcnow
from petition.counting.progress import Progress, read_progress, read_progress_of
from petition.errors import NotFound
from petition.extensions import get_settings
from petition.geography.geocoders import Address
from petition.geography.near import Near, find_at_address, find_near
from petition.geography.postal import ZipPlace, known_postal_code
from petition.letters.listing import LetterLine, count_sent, list_letters
from petition.models import Campaign
from petition.models.layers import list_counted_layers
from petition.officials.recipients import Recipient, list_recipients
from petition.partners.listing import list_nearest
from petition.signing.fields import read_text
from petition.signing.neighbors import find_neighbors
from petition.web.errors import TooManyRequests
from petition.web.limits import find_networks, get_look_up_limit
from petition.web.origin import refuse_cross_site
from petition.web.public.asking import name_open_layers
from petition.web.public.blueprint import public
from petition.web.public.campaigns import find_campaign, tell_season
from petition.web.public.places import seal_place

LONGEST_SHOWN = 20  # characters of what was typed as a ZIP
GROUPS_SHOWN = 5
NOT_A_ZIP = lazy_gettext("There is no such ZIP code. Check the five digits.")
NO_DISTRICT = lazy_gettext("The campaign has no district where that ZIP code is.")


@dataclass(frozen=True, slots=True)
class DistrictView:
    """One district with what its page tells."""

    progress: Progress
    recipients: list[Recipient]
    letters: list[LetterLine]
    letters_sent: int


@public.get("/campaigns/<slug:slug>/districts/<word:layer>/<word:geoid>")
def show_district(slug: str, layer: str, geoid: str) -> str:
    """Show how far one district is and the letters it has sent."""
    campaign = find_campaign(slug)
    if layer not in list_counted_layers(campaign.layers):
        raise NotFound(gettext("This campaign does not count by such districts."))
    district = _view(campaign, read_progress(campaign, layer, geoid))
    return render_template(
        "public/district.html",
        campaign=campaign,
        district=district,
        season=tell_season(campaign, utcnow()),
    )


@public.get("/campaigns/<slug:slug>/near")
def near(slug: str) -> Response:
    """Show the districts of a ZIP code and who receives there; without one, ask for it."""
    campaign = find_campaign(slug)
    typed = request.args.get("postal_code")
    if typed is None:
        return _render_near(campaign)
    place = known_postal_code(typed)
    if place is None:
        return _render_near(campaign, typed=typed, problem=str(NOT_A_ZIP))
    return _show_near(campaign, place, find_near(place, campaign.layers), typed)


@public.post("/campaigns/<slug:slug>/near")
def near_street(slug: str) -> Response:
    """Show the districts of an address and who receives there; the address is not kept."""
    refuse_cross_site(request, get_settings().public_url)
    wait = get_look_up_limit().hit(find_networks(request.remote_addr))
    if wait:
        raise TooManyRequests(wait, asking=True)
    campaign = find_campaign(slug)
    code = request.form.get("postal_code", "")
    problems: dict[str, str] = {}
    street = read_text("street_address", request.form.get("street_address", ""), problems)
    if not street and not problems:
        problems["street_address"] = gettext("Enter your house number and street.")
    place = known_postal_code(code)
    if place is None:
        problems["postal_code"] = str(NOT_A_ZIP)
    if place is None or problems:
        return _render_near(campaign, typed_address=request.form, problems=problems)
    address = Address(street, place.place, place.sole_state, place.postal_code)
    found = find_at_address(address, campaign.layers)
    asked = {"typed_address": request.form, "by_street": True, "later": found.later}
    return _show_near(campaign, place, found, code, **asked)


def _show_near(
    campaign: Campaign, place: ZipPlace, found: Near, typed: str, **asked: Any
) -> Response:
    districts = [
        _view(campaign, read_progress_of(campaign, district_id)) for district_id in found.list_ids()
    ]
    if not districts and not found.untold:
        return _render_near(campaign, typed=typed, problem=str(NO_DISTRICT))
    return _render_near(
        campaign,
        typed=typed,
        place=place,
        districts=districts,
        open_layers=name_open_layers(found.untold),
        near=seal_place(place.postal_code),
        **_look_around(campaign, place),
        **asked,
    )


def _look_around(campaign: Campaign, place: ZipPlace) -> dict[str, Any]:
    """Return who and which groups are near a ZIP's own point; the street does not matter here."""
    if place.latitude is None or place.longitude is None:
        return {}
    at = place.latitude, place.longitude
    return {
        "neighbors": find_neighbors(campaign.id, *at, campaign.recent_shown),
        "groups": list_nearest(campaign.id, *at, GROUPS_SHOWN),
    }


def _view(campaign: Campaign, progress: Progress) -> DistrictView:
    return DistrictView(
        progress=progress,
        recipients=list_recipients(progress.division_id, progress.layer, campaign.recipients),
        letters=list_letters(campaign.id, progress.district_id),
        letters_sent=count_sent(campaign.id, progress.district_id),
    )


def _render_near(
    campaign: Campaign, *, typed: str = "", problem: str | None = None, **found: Any
) -> Response:
    problems = found.get("problems") or {}
    page = render_template(
        "public/near.html",
        campaign=campaign,
        season=tell_season(campaign, utcnow()),
        typed="".join(filter(str.isprintable, typed))[:LONGEST_SHOWN],
        problem=problem,
        **({"problems": {}, "districts": [], "open_layers": [], "groups": []} | found),
    )
    response = make_response(page, 422 if problem or problems else 200)
    if request.method == "POST":
        response.headers["Cache-Control"] = "no-store"
    return response
