"""What a signer reads after signing: what happens next, and how far the districts of their ZIP are.

The address of the page carries the ZIP sealed, and nothing of the signature: it is the same for a
first signing, a second one and a robot's, and no log learns where anybody lives.
"""

from flask import render_template

from petition.errors import Retryable
from petition.extensions import get_settings
from petition.geography.postal import ZipPlace
from petition.models import Campaign
from petition.web.public.asking import find_ask
from petition.web.public.blueprint import public
from petition.web.public.campaigns import find_campaign
from petition.web.public.places import BY_STREET, CONFIRMED, read_place, read_told
from petition.web.public.standings import list_standings


@public.get("/campaigns/<slug:slug>/thanks")
def thanks(slug: str) -> str:
    """Say what happens next; the same words for everyone of one ZIP."""
    return render_thanks("public/thanks.html", find_campaign(slug))


def render_thanks(template: str, campaign: Campaign) -> str:
    """Return the page, with the districts of the ZIP that its address carries, if it does.

    - Where the ZIP alone does not tell, and nothing else was given, nobody is promised a count.
    """
    place, told = read_place(), read_told()
    return render_template(
        template,
        campaign=campaign,
        link=f"{get_settings().public_url}/campaigns/{campaign.slug}",
        standings=list_standings(campaign, place, told),
        awaits=campaign.confirm_email and CONFIRMED not in told.split(),
        waits=place is not None and _is_open(campaign, place, told),
    )


def _is_open(campaign: Campaign, place: ZipPlace, told: str) -> bool:
    if BY_STREET in told.split():
        return False
    try:
        return find_ask(campaign.layers, place, home=told) is not None
    except Retryable:
        return False
