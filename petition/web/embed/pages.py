"""The form in a frame: it signs, asks for the street and thanks without leaving the frame."""

from collections.abc import Mapping

from flask import Response, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from petition.campaigns.successors import find_successor
from petition.core.clock import utcnow
from petition.counting.progress import list_nearest, read_total
from petition.letters.public_letters import count_sent
from petition.models import Campaign
from petition.web.embed.framing import embed, embed_links
from petition.web.public.address_repair import lead_back
from petition.web.public.pages.campaigns import find_campaign, list_offers, tell_season
from petition.web.public.sign.later_answers import take_later_answer
from petition.web.public.sign.residence import show_question, take_answer
from petition.web.public.sign.sign import take_signature
from petition.web.public.sign.sign_flows import Way
from petition.web.public.sign.thanks import show_thanks
from petition.web.public.sign.thanks_address import read_thanks

NEAREST_SHOWN = 3


@embed.get("/<slug:slug>")
def show(slug: str) -> str:
    """Show the form and how far the campaign is."""
    return render_form(find_campaign(slug))


@embed.post("/<slug:slug>/signatures")
def sign(slug: str) -> Response:
    """Take one signature from the form in the frame.

    - The frame is a page of ours, so a browser says that the form comes from us; what another
      website's own page sends is refused here as everywhere.
    """
    return take_signature(slug, FRAME)


@embed.get("/<slug:slug>/signatures")
def show_form_again(slug: str) -> Response:
    """Lead back to the form, which is sent here."""
    return lead_back(url_for("embed.show", slug=slug))


@embed.get("/<slug:slug>/thanks")
def thanks(slug: str) -> Response:
    """Say what happens next; see petition/web/public/sign/thanks.py."""
    return show_thanks(slug, FRAME, read_thanks(slug))


@embed.post("/<slug:slug>/answers")
def answer_later(slug: str) -> BaseResponse:
    """Store one answer from the page of thanks; see petition/web/public/sign/later_answers.py."""
    return take_later_answer(slug, FRAME)


@embed.get("/<slug:slug>/answers")
def show_form_after_answers(slug: str) -> Response:
    """Lead back to the form."""
    return lead_back(url_for("embed.show", slug=slug))


@embed_links.get("/<slug:slug>/address/<token>")
def ask(slug: str, token: str) -> BaseResponse:
    """Name the districts in question, and ask for the street."""
    return show_question(slug, token, FRAME)


@embed_links.post("/<slug:slug>/address/<token>")
def answer(slug: str, token: str) -> BaseResponse:
    """Store the street."""
    return take_answer(slug, token, FRAME)


def render_form(
    campaign: Campaign,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> str:
    """Return the form's page, with what was typed and what is wrong with it."""
    return render_template(
        "embed/form.html",
        campaign=campaign,
        season=tell_season(campaign, utcnow()),
        offers=list_offers(campaign.id),
        typed=typed or {},
        problems=problems or {},
        total=read_total(campaign),
        nearest=list_nearest(campaign, NEAREST_SHOWN),
        letters_sent=count_sent(campaign.id),
        successor=find_successor(campaign, utcnow()),
    )


FRAME = Way(
    render_form,
    ask="embed_links.ask",
    thanks="embed.thanks",
    answers="embed.answer_later",
    base="embed/base.html",
    thanks_page="embed/thanks.html",
)
