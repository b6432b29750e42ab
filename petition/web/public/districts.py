"""A district's page, and the page that finds the district of a ZIP code."""

from dataclasses import dataclass

from flask import Response, make_response, render_template, request

from petition.clock import utcnow
from petition.counting.progress import (
    Progress,
    Recipient,
    list_recipients,
    read_progress,
    read_progress_of,
)
from petition.errors import NotFound
from petition.geography.near import find_near
from petition.geography.postal import ZipPlace, known_postal_code
from petition.letters.listing import LetterLine, count_delivered, list_letters
from petition.models import Campaign
from petition.web.public.blueprint import public
from petition.web.public.campaigns import find_campaign, tell_season

LONGEST_SHOWN = 20  # characters of what was typed as a ZIP
NOT_A_ZIP = "There is no such ZIP code. Check the five digits."
NO_DISTRICT = "This ZIP code lies in none of the campaign’s districts."


@dataclass(frozen=True, slots=True)
class DistrictView:
    """One district with what its page tells."""

    progress: Progress
    recipients: list[Recipient]
    letters: list[LetterLine]
    delivered: int


@public.get("/campaigns/<slug:slug>/districts/<word:layer>/<word:geoid>")
def show_district(slug: str, layer: str, geoid: str) -> str:
    """Show how far one district is and the letters it has sent."""
    campaign = find_campaign(slug)
    if layer not in campaign.layers:
        raise NotFound("This campaign does not count by such districts.")
    district = _view(campaign, read_progress(campaign.id, campaign.step, layer, geoid))
    return render_template(
        "public/district.html",
        campaign=campaign,
        district=district,
        season=tell_season(campaign, utcnow()),
    )


@public.get("/campaigns/<slug:slug>/near")
def near(slug: str) -> Response:
    """Show the district of a ZIP code; without one, ask for it."""
    campaign = find_campaign(slug)
    typed = request.args.get("postal_code")
    if typed is None:
        return _render_near(campaign)
    place = known_postal_code(typed)
    if place is None:
        return _render_near(campaign, typed=typed, problem=NOT_A_ZIP)
    found = find_near(place, campaign.layers)
    districts = [
        _view(campaign, read_progress_of(campaign.id, campaign.step, district_id))
        for district_id in found.districts.values()
    ]
    if not districts and not found.untold:
        return _render_near(campaign, typed=typed, problem=NO_DISTRICT)
    return _render_near(
        campaign, typed=typed, place=place, districts=districts, untold=found.untold
    )


def _view(campaign: Campaign, progress: Progress) -> DistrictView:
    return DistrictView(
        progress=progress,
        recipients=list_recipients(progress.division_id),
        letters=list_letters(campaign.id, progress.district_id),
        delivered=count_delivered(campaign.id, progress.district_id),
    )


def _render_near(
    campaign: Campaign,
    *,
    typed: str = "",
    problem: str | None = None,
    place: ZipPlace | None = None,
    districts: list[DistrictView] | None = None,
    untold: list[str] | None = None,
) -> Response:
    page = render_template(
        "public/near.html",
        campaign=campaign,
        season=tell_season(campaign, utcnow()),
        typed="".join(filter(str.isprintable, typed))[:LONGEST_SHOWN],
        problem=problem,
        place=place,
        districts=districts or [],
        untold=untold or [],
    )
    return make_response(page, 422 if problem else 200)
