"""The picture of a campaign for link previews, and its URL.

- It shows what the page shows: numbers of the public snapshot, none below the level at which counts
  are shown.
- Requests for it are cheap to answer: its URL has no parameter that changes it, and a process draws
  it once for its content, so at most once per snapshot.
"""

from functools import lru_cache
from hashlib import sha256
from threading import Lock

from flask import Response, request
from flask_babel import force_locale, gettext, ngettext

from petition.core.clock import utcnow
from petition.counting.progress import Total, list_nearest, read_total
from petition.letters.public_letters import count_sent
from petition.models import Campaign
from petition.web.formats import show_district, show_number
from petition.web.languages import LOCALES
from petition.web.public.blueprint import public
from petition.web.public.pages.campaigns import CampaignPhase, find_campaign, tell_season
from petition.web.public.pages.preview_drawing import ACCENT, Preview, draw_preview

FIVE_MINUTES = "public, max-age=300"
REMEMBERED = 200  # pictures of some 20 kB
_drawing = Lock()


@public.get("/campaigns/<slug:slug>/preview.png")
def show_preview(slug: str) -> Response:
    """Return the picture; 304 to whoever has it."""
    picture = draw_once(describe_preview(find_campaign(slug)))
    response = Response(picture, mimetype="image/png")
    response.headers["Cache-Control"] = FIVE_MINUTES
    # It is made for pages of others, and shows nothing but what everybody may see.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.set_etag(sha256(picture).hexdigest()[:20])
    response.make_conditional(request)
    return response


def draw_once(preview: Preview) -> bytes:
    """Return the picture of these words, drawn by one thread while others wait for it."""
    with _drawing:
        return _draw(preview)


@lru_cache(REMEMBERED)
def _draw(preview: Preview) -> bytes:
    return draw_preview(preview)


def describe_preview(campaign: Campaign) -> Preview:
    """Return what the picture says, in the campaign's language whoever asks."""
    language = campaign.language.partition("-")[0]
    with force_locale(LOCALES.get(language, LOCALES["en"])):
        season = tell_season(campaign, utcnow())
        total = read_total(campaign)
        progress, filled = "", 0
        if season == CampaignPhase.OPEN:
            progress, filled = _describe_nearest(campaign) or (gettext("Add your name"), 0)
        return Preview(
            kicker=gettext(
                "An open letter from %(organization)s", organization=campaign.organization
            ),
            title=campaign.title,
            progress=progress,
            totals=_describe_totals(total, count_sent(campaign.id)),
            filled=filled,
            accent=campaign.accent or ACCENT,
        )


def _describe_nearest(campaign: Campaign) -> tuple[str, int] | None:
    """Return the district that is nearest to its next letter in words, and how many dots it has."""
    found = next(iter(list_nearest(campaign, 1)), None)
    if found is None or not found.towards:
        return None
    words = gettext(
        "%(towards)s of the next %(step)s in %(district)s",
        towards=show_number(found.towards) + ("+" if found.is_rounded else ""),
        step=show_number(found.step),
        district=f"{show_district(found.name)}, {found.state}",
    )
    return words, min(100 * found.towards // found.step, 99)


def _describe_totals(total: Total, letters: int) -> str:
    words = []
    if total.people is not None:
        people = show_number(total.people)
        words.append(
            gettext("%(people)s people have signed.", people=people)
            if total.is_exact
            else gettext("At least %(people)s people have signed.", people=people)
        )
    if letters:
        sent = ngettext(
            "%(shown)s letter sent", "%(shown)s letters sent", letters, shown=show_number(letters)
        )
        words.append(f"{sent}.")
    return " ".join(words)
