"""The picture of one district's progress, for links to its page.

- It tells what the district's page tells: numbers of the public snapshot, and the letters sent.
- A country has thousands of districts, so a network may have only so many drawn. Over that limit
  the campaign's picture takes the place of one that is not drawn yet.
"""

from flask import Response, request, url_for
from flask_babel import gettext

from petition.core.clock import utcnow
from petition.counting.progress import Progress, read_progress
from petition.letters.public_letters import count_sent
from petition.models import Campaign
from petition.web.formats import begin, show_district, show_number, show_place
from petition.web.languages import speak
from petition.web.public.blueprint import public
from petition.web.public.pages.campaigns import CampaignPhase, find_campaign, tell_season
from petition.web.public.pages.districts import check_counted
from petition.web.public.pages.link_preview import count_dots, describe_letters, describe_towards
from petition.web.public.pages.preview_drawing import ACCENT, Preview
from petition.web.public.pages.preview_pictures import PreviewPictures, send_picture
from petition.web.ratelimit.limits import find_networks, get_preview_limit

_pictures = PreviewPictures(400)


@public.get("/campaigns/<slug:slug>/districts/<word:layer>/<word:geoid>/preview.png")
def show_district_preview(slug: str, layer: str, geoid: str) -> Response:
    """Return the picture; 304 to whoever has it, 302 to the campaign's picture over the limit."""
    campaign = find_campaign(slug)
    check_counted(campaign, layer)
    preview = describe_district(campaign, read_progress(campaign, layer, geoid))
    picture = _pictures.find(preview)
    if picture is None and get_preview_limit().hit(find_networks(request.remote_addr)):
        address = url_for("public.show_preview", slug=slug)
        return Response(status=302, headers={"Location": address, "Cache-Control": "no-store"})
    return send_picture(picture or _pictures.draw(preview))


def describe_district(campaign: Campaign, found: Progress) -> Preview:
    """Return what the picture says, in the campaign's language whoever asks."""
    season = tell_season(campaign, utcnow())
    closed = season == CampaignPhase.CLOSED
    with speak(campaign.language):
        letters = describe_letters(count_sent(campaign.id, found.district_id))
        return Preview(
            kicker=gettext(
                "An open letter from %(organization)s", organization=campaign.organization
            ),
            title=campaign.title,
            progress=_describe_progress(found, season),
            totals=f"{'' if closed else _describe_all(found)} {letters}".strip(),
            filled=None if closed else count_dots(found),
            accent=campaign.accent or ACCENT,
        )


def _describe_progress(found: Progress, season: CampaignPhase) -> str:
    """Return the large line, with the same numbers as the page's; without one where none is."""
    district = f"{show_district(found.name)}, {found.state}"
    if found.people is None:
        if season == CampaignPhase.OPEN:
            return gettext("Add your name in %(district)s", district=district)
        return f"{begin(show_place(found.name))}, {found.state}"
    if season == CampaignPhase.CLOSED or (found.is_rounded and not found.towards):
        people = show_number(found.people)
        if found.is_rounded:
            return gettext(
                "At least %(people)s people have signed in %(district)s",
                people=people,
                district=district,
            )
        return gettext(
            "%(people)s people have signed in %(district)s", people=people, district=district
        )
    if found.reached and not found.towards:
        return gettext(
            "Letter %(number)s is complete in %(district)s",
            number=show_number(found.reached),
            district=district,
        )
    return describe_towards(found)


def _describe_all(found: Progress) -> str:
    """Return the small line; empty where the large one has the number, or none is shown."""
    if found.people is None or not found.reached or (found.is_rounded and not found.towards):
        return ""
    people = show_number(found.people)
    if found.is_rounded:
        return gettext("At least %(people)s people in all.", people=people)
    return gettext("%(people)s people in all.", people=people)
