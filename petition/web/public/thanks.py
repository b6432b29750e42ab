"""What a signer reads after signing: what happens next, and how far the districts of their ZIP are.

The address of the page carries the ZIP sealed, and nothing of the signature: it is the same for a
first signing, a second one and a robot's, and no log learns where anybody lives.
"""

from dataclasses import dataclass

from flask import render_template, request

from petition.counting.progress import Progress, read_progress_of
from petition.errors import Retryable
from petition.extensions import get_settings
from petition.geography.near import find_near
from petition.geography.postal import ZipPlace
from petition.models import Campaign
from petition.officials.recipients import Recipient, list_recipients
from petition.web.public.blueprint import public
from petition.web.public.campaigns import find_campaign
from petition.web.public.places import open_place

FIELD = "near"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a district is, and who receives its letters."""

    progress: Progress
    recipients: list[Recipient]


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
        standings=_list_standings(campaign, open_place(request.args.get(FIELD, ""))),
    )


def _list_standings(campaign: Campaign, place: ZipPlace | None) -> list[Standing]:
    """Return the districts that the ZIP decides; for what it leaves open the street was asked."""
    if place is None:
        return []
    try:
        found = find_near(place, campaign.layers).districts.values()
    except Retryable:
        return []  # the page thanks all the same
    standings = []
    for district_id in found:
        progress = read_progress_of(campaign.id, campaign.step, district_id)
        receive = list_recipients(progress.division_id, progress.layer, campaign.recipients)
        standings.append(Standing(progress, receive))
    return standings
