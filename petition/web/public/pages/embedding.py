"""The page with the HTML for embedding a campaign in another website."""

from dataclasses import dataclass

from flask import render_template
from markupsafe import escape

from petition.core.extensions import get_settings
from petition.models import Campaign
from petition.web.public.blueprint import public
from petition.web.public.pages.campaigns import find_campaign

# The height in pixels of a frame that no script resizes; the rest is reached by scrolling.
HEIGHT = 1100


@dataclass(frozen=True, slots=True)
class Snippets:
    """The lines of HTML to paste: the form, the map, and the form for sites without scripts."""

    form: list[str]
    map: list[str]
    frame: list[str]


@public.get("/campaigns/<slug:slug>/embed")
def explain_embed(slug: str) -> str:
    """Show the lines to paste, and which websites may embed the campaign."""
    campaign = find_campaign(slug)
    snippets = write_snippets(campaign, get_settings().public_url)
    return render_template("public/embed.html", campaign=campaign, snippets=snippets)


def write_snippets(campaign: Campaign, host: str) -> Snippets:
    """Return the lines for a campaign; ``host`` is our public URL."""
    title = str(escape(campaign.title))
    named = f'data-hundredth="{campaign.slug}"'
    link = f'<a href="{host}/campaigns/{campaign.slug}">{title}</a>'
    script = f'<script src="{host}/static/embed.js" async></script>'
    return Snippets(
        form=[f"<div {named}>{link}</div>", script],
        map=[f'<div {named} data-show="map">{link}</div>', script],
        frame=[
            f'<iframe src="{host}/embed/{campaign.slug}" title="{title}"',
            f'  width="100%" height="{HEIGHT}" {named}></iframe>',
        ],
    )
