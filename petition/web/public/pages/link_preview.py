"""The picture of a campaign for link previews, and its URL.

- It shows what the page shows: numbers of the public snapshot, none below the level at which counts
  are shown.
- Requests for it are cheap to answer: its URL has no parameter that changes it, and a process draws
  it once for its content, so at most once per snapshot.
"""

from flask import Response
from flask_babel import gettext, ngettext

from petition.core.clock import utcnow
from petition.counting.progress import Progress, Total, list_nearest, read_total
from petition.letters.public_letters import count_sent
from petition.models import Campaign
from petition.web.formats import show_district, show_number
from petition.web.languages import speak
from petition.web.public.blueprint import public
from petition.web.public.pages.campaigns import CampaignPhase, find_campaign, tell_season
from petition.web.public.pages.preview_drawing import ACCENT, Preview
from petition.web.public.pages.preview_pictures import PreviewPictures, send_picture

_pictures = PreviewPictures(200)


@public.get("/campaigns/<slug:slug>/preview.png")
def show_preview(slug: str) -> Response:
    """Return the picture; 304 to whoever has it."""
    return send_picture(_pictures.draw(describe_preview(find_campaign(slug))))


def describe_preview(campaign: Campaign) -> Preview:
    """Return what the picture says, in the campaign's language whoever asks."""
    with speak(campaign.language):
        season = tell_season(campaign, utcnow())
        total = read_total(campaign)
        progress = ""
        filled = None if season == CampaignPhase.CLOSED else 0
        if season == CampaignPhase.OPEN:
            progress, filled = _describe_nearest(campaign) or (gettext("Add your name"), 0)
        return Preview(
            kicker=gettext(
                "An open letter from %(organization)s", organization=campaign.organization
            ),
            title=campaign.title,
            progress=progress,
            totals=f"{_describe_total(total)} {describe_letters(count_sent(campaign.id))}".strip(),
            filled=filled,
            accent=campaign.accent or ACCENT,
        )


def _describe_nearest(campaign: Campaign) -> tuple[str, int] | None:
    """Return the district that is nearest to its next letter in words, and how many dots it has."""
    found = next(iter(list_nearest(campaign, 1)), None)
    if found is None or not found.towards:
        return None
    return describe_towards(found), count_dots(found)


def describe_towards(found: Progress) -> str:
    """Return "63 of the next 100 in Middlesex County, MA"."""
    return gettext(
        "%(towards)s of the next %(step)s in %(district)s",
        towards=show_number(found.towards) + ("+" if found.is_rounded else ""),
        step=show_number(found.step),
        district=f"{show_district(found.name)}, {found.state}",
    )


def count_dots(found: Progress) -> int:
    """Return how many of a hundred dots are filled: 0 to 99, as on the pages."""
    return min(100 * found.towards // found.step, 99)


def _describe_total(total: Total) -> str:
    if total.people is None:
        return ""
    people = show_number(total.people)
    if total.is_exact:
        return gettext("%(people)s people have signed.", people=people)
    return gettext("At least %(people)s people have signed.", people=people)


def describe_letters(letters: int) -> str:
    """Return how many letters were sent, as a sentence; empty for none."""
    if not letters:
        return ""
    sent = ngettext(
        "%(shown)s letter sent", "%(shown)s letters sent", letters, shown=show_number(letters)
    )
    return f"{sent}."
