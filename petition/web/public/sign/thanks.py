"""The page after signing: what happens next, and the progress of the districts of the ZIP.

The URL contains the sealed ZIP and nothing of the signature: it has the same form for a first
signing, a repeated one and a suspected bot's, and does not show in logs where anyone lives. Other
visitors who open it see neither thanks nor districts; see thanks_address.py.
"""

from flask import Response, make_response, render_template, request

from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, Retryable
from petition.error_messages.description import describe_fields
from petition.locating.address_lookup import find_near
from petition.models import Campaign
from petition.models.signatures.home import list_outside
from petition.web.public.blueprint import public
from petition.web.public.pages.about import find_address
from petition.web.public.pages.campaigns import find_campaign, tell_season
from petition.web.public.pages.district_progress import list_standings
from petition.web.public.sign.answers_given import Said, read_said
from petition.web.public.sign.later_choices import list_later_answers
from petition.web.public.sign.next_question import find_ask
from petition.web.public.sign.sign_flows import PAGES, Way
from petition.web.public.sign.thanks_address import BY_STREET, CONFIRMED, Thanked, read_thanks


@public.get("/campaigns/<slug:slug>/thanks")
def thanks(slug: str) -> Response:
    """Show what happens next; the same text for all signers of one ZIP."""
    return show_thanks(slug, PAGES, read_thanks(slug))


def show_thanks(
    slug: str, way: Way, thanked: Thanked | None, refused: InvalidInput | None = None
) -> Response:
    """Return the page for a signer who has just signed, or a neutral one for other visitors.

    - Not cached: it is valid for one browser, and for minutes.
    - It promises no count where the ZIP leaves a district open and nothing else was given, nor to a
      signer who lives outside all districts of the letter.
    """
    campaign = find_campaign(slug)
    later = list_later_answers(campaign, thanked.signed, way.answers) if thanked else None
    page = render_template(
        way.thanks_page if thanked else "public/passed_on.html",
        base=way.base,
        campaign=campaign,
        later=later,
        typed=request.form if refused else {},
        problems=describe_fields(refused) if refused else {},
        page=request.path.removesuffix("/thanks"),
        season=tell_season(campaign, utcnow()),
        link=find_address(campaign),
        standings=list_standings(campaign, thanked.place, thanked.told) if thanked else [],
        awaits=campaign.confirm_email and not (thanked and CONFIRMED in thanked.told.split()),
        waits=thanked is not None and _is_open(campaign, thanked),
        said=read_said(campaign.layers, thanked.told) if thanked else Said(),
        in_none=thanked is not None and _is_in_none(campaign, thanked),
        state=thanked.place.state if thanked and thanked.place else "",
    )
    response = make_response(page, refused.status if refused else 200)
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_open(campaign: Campaign, thanked: Thanked) -> bool:
    if thanked.place is None or BY_STREET in thanked.told.split():
        return False
    try:
        return find_ask(campaign.layers, thanked.place, home=thanked.told) is not None
    except Retryable:
        return False


def _is_in_none(campaign: Campaign, thanked: Thanked) -> bool:
    """Return whether they live in no district of the letter, by their own answer."""
    if thanked.place is None or not list_outside(thanked.told):
        return False
    try:
        near = find_near(thanked.place, campaign.layers, home=thanked.told)
    except Retryable:
        return False
    return not near.districts and not near.untold
