"""The sections of a campaign's page beside the letter: partners, recent signers, the issues."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Response, url_for
from markupsafe import Markup

from petition.campaigns.campaign_pictures import list_pictures, read_picture
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
class Picture:
    """A picture on our own host; ``alt``: what it shows."""

    url: str
    alt: str


@dataclass(frozen=True, slots=True)
class IssueSection:
    """A section of the issues, as HTML, with the picture beside it if it has one."""

    text: Markup
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class About:
    """All of these sections; ``link`` is the URL to share, ``logo`` that of the campaign's logo.

    - ``picture``: the campaign's own; None where it has none.
    """

    recent: list[Participant]
    partners: list[PartnerLine]
    picture: Picture | None
    issues: list[IssueSection]
    video: Video | None
    link: str
    logo: str | None


def tell_about(campaign: Campaign) -> About:
    """Return the sections of a campaign's page beside its letter."""
    pictures = {
        line.section: Picture(
            url_for("public.show_picture", slug=campaign.slug, section=line.section), line.alt
        )
        for line in list_pictures(campaign.id).values()
    }
    return About(
        recent=list_recent(campaign.id, campaign.recent_shown),
        partners=list_partners(campaign.id),
        picture=pictures.get(0),
        issues=_list_issues(campaign, pictures),
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


@public.get("/campaigns/<slug:slug>/pictures/<int(max=99):section>")
def show_picture(slug: str, section: int) -> Response:
    """Return a picture of a campaign, from our own host."""
    content, media_type = read_picture(slug, section)
    response = Response(content, content_type=media_type)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def _list_issues(campaign: Campaign, pictures: dict[int, Picture]) -> list[IssueSection]:
    """Return the issues by section: the text before the first heading, then one for each heading.

    - Sections are counted from 1 by the headings of the level of the first one; a text without a
      heading is section 1.
    """
    if not campaign.issues:
        return []
    text = render_markdown(campaign.issues, {}, find_wording(campaign.language).quotes)
    first = re.search(r"<h[2-4]\b", text)
    parts = [text] if first is None else re.split(f"(?={re.escape(first[0])}\\b)", text)
    if first is not None and not parts[0].strip():
        parts = parts[1:]
    start = 0 if first is not None and not parts[0].startswith(first[0]) else 1
    # The text comes sanitized from render_markdown; it is only cut before a heading.
    return [
        IssueSection(Markup(part), pictures.get(number) if number else None)  # noqa: S704
        for number, part in enumerate(parts, start)
    ]


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
