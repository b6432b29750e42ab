"""The sections of a campaign's page beside the letter: partners, recent signers, the issues."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Response, url_for
from markupsafe import Markup

from petition.core.extensions import get_settings
from petition.letters.letter_wording import find_wording
from petition.letters.markup import render_markdown
from petition.models import Campaign
from petition.participants.recent import Participant, list_recent
from petition.partners.partner_list import PartnerLine, has_logo, list_partners, read_logo
from petition.web.public.blueprint import public


@dataclass(frozen=True, slots=True)
class Video:
    """A video on another host: a link, so no request goes to that host before it is clicked."""

    url: str
    title: str
    host: str


@dataclass(frozen=True, slots=True)
class About:
    """All of these sections; ``link`` is the URL to share, ``logo`` that of the campaign's logo."""

    recent: list[Participant]
    partners: list[PartnerLine]
    issues: Markup
    video: Video | None
    link: str
    logo: str | None


def tell_about(campaign: Campaign) -> About:
    """Return the sections of a campaign's page beside its letter."""
    quotes = find_wording(campaign.language).quotes
    return About(
        recent=list_recent(campaign.id, campaign.recent_shown),
        partners=list_partners(campaign.id),
        issues=render_markdown(campaign.issues, {}, quotes) if campaign.issues else Markup(),
        video=_read_video(campaign),
        link=find_address(campaign),
        logo=find_logo(campaign),
    )


def find_address(campaign: Campaign) -> str:
    """Return the URL of a campaign's page, to be shared."""
    return f"{get_settings().public_url}/campaigns/{campaign.slug}"


@public.get("/partners/<slug:slug>/logo")
def show_logo(slug: str) -> Response:
    """Return an organization's logo, from our own host."""
    picture, media_type = read_logo(slug)
    response = Response(picture, content_type=media_type)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def find_logo(campaign: Campaign) -> str | None:
    """Return the URL of a campaign's logo; None where it has none."""
    if campaign.logo is None or not has_logo(campaign.logo):
        return None
    return url_for("public.show_logo", slug=campaign.logo)


def _read_video(campaign: Campaign) -> Video | None:
    url = campaign.video_url or ""
    host = urlsplit(url).hostname
    if not host or not url.startswith(("https://", "http://")):
        return None
    return Video(url, campaign.video_title or "", host.removeprefix("www."))
