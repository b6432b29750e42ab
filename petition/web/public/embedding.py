"""The page for groups that want to show a campaign on their own website."""

from flask import render_template

from petition.extensions import get_settings
from petition.web.public.blueprint import public
from petition.web.public.campaigns import find_campaign


@public.get("/campaigns/<slug:slug>/embed")
def explain_embed(slug: str) -> str:
    """Show the lines to paste, and which websites may."""
    return render_template(
        "public/embed.html", campaign=find_campaign(slug), host=get_settings().public_url
    )
