"""What a signer reads after signing: what happens next, and how far the districts of their ZIP are.

The address of the page carries the ZIP sealed, and nothing of the signature: it is the same for a
first signing, a second one and a robot's, and no log learns where anybody lives.
"""

from flask import render_template, request

from petition.errors import Retryable
from petition.extensions import get_settings
from petition.geography.near import find_near
from petition.geography.postal import ZipPlace
from petition.models import Campaign
from petition.web.public.blueprint import public
from petition.web.public.campaigns import find_campaign
from petition.web.public.districts import DistrictView, view_district
from petition.web.public.places import open_place

FIELD = "near"


@public.get("/campaigns/<slug:slug>/thanks")
def thanks(slug: str) -> str:
    """Say what happens next; the same words for everyone of one ZIP."""
    return render_thanks("public/thanks.html", find_campaign(slug))


def render_thanks(template: str, campaign: Campaign) -> str:
    """Return the page, with the districts of the ZIP that its address carries, if it does."""
    return render_template(
        template,
        campaign=campaign,
        link=f"{get_settings().public_url}/campaigns/{campaign.slug}",
        districts=_list_districts(campaign, open_place(request.args.get(FIELD, ""))),
    )


def _list_districts(campaign: Campaign, place: ZipPlace | None) -> list[DistrictView]:
    """Return those that the ZIP decides: what it leaves open, the street has been asked for."""
    if place is None:
        return []
    try:
        found = find_near(place, campaign.layers).districts.values()
    except Retryable:
        return []  # the page thanks all the same
    return [view_district(campaign, district_id) for district_id in found]
