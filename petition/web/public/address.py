"""The page that asks for the street, where a ZIP code lies in several districts."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from petition.errors import InvalidInput, Retryable
from petition.extensions import db
from petition.geography.near import find_near
from petition.geography.postal import known_postal_code
from petition.models import Campaign, District
from petition.models.layers import COARSE
from petition.queues import Stage, wake
from petition.sealing import read_text
from petition.signing.address import Question, answer_question, make_question, read_question
from petition.signing.sign import Signed
from petition.signing.tokens import refuse_link
from petition.web.errors import describe_wait
from petition.web.guards import TooSoon
from petition.web.limits import find_networks, get_address_limit, get_look_up_limit
from petition.web.public.blueprint import link_pages
from petition.web.public.campaigns import find_campaign
from petition.web.public.places import seal_place
from petition.web.public.ways import PAGES, Way


@dataclass(frozen=True, slots=True)
class OpenLayer:
    """A layer that a ZIP does not decide, and the names of the districts in question."""

    layer: str
    districts: list[str]


def ask_for_street(signed: Signed, street: str, postal_code: str) -> str | None:
    """Return the token of the page that asks for the street; None where nothing is to be asked."""
    if street.strip() or COARSE.issuperset(signed.layers):
        return None
    place = known_postal_code(postal_code)
    try:
        if place is None or not find_near(place, signed.layers).untold:
            return None
    except Retryable:
        return None  # the signature is stored; what cannot be told now is asked for later
    return make_question(signed.signature_id, signed.campaign_id, place.postal_code)


def name_open_layers(untold: dict[str, list[int]]) -> list[OpenLayer]:
    """Return the layers that are open with the names of their districts, for a person to read."""
    names = _read_names([district_id for ids in untold.values() for district_id in ids])
    return [
        OpenLayer(layer, sorted(names[district_id] for district_id in ids))
        for layer, ids in untold.items()
    ]


@link_pages.get("/campaigns/<slug:slug>/address/<token>")
def ask(slug: str, token: str) -> BaseResponse:
    """Name the districts in question, and ask for the street."""
    return show_question(slug, token, PAGES)


@link_pages.post("/campaigns/<slug:slug>/address/<token>")
def answer(slug: str, token: str) -> BaseResponse:
    """Store the street; what happens next is told as after any signing."""
    return take_answer(slug, token, PAGES)


def let_address_in(whose: str) -> None:
    """Count an address that is given, by network as look-ups are and by whose it is.

    - Raises TooSoon, with words for the page that shows the form again.
    """
    wait = get_look_up_limit().hit(find_networks(request.remote_addr))
    if wait:
        words = gettext(
            "Many addresses come from your network just now. Wait %(wait)s, then press the button "
            "again.",
            wait=describe_wait(wait),
        )
        raise TooSoon({"address": words}, wait)
    wait = get_address_limit().hit(whose)
    if wait:
        words = gettext(
            "This address was changed often today. Wait %(wait)s, then press the button again.",
            wait=describe_wait(wait),
        )
        raise TooSoon({"address": words}, wait)


def answer_refusal(page: str, refused: InvalidInput | None) -> Response:
    """Return the page as the answer to what was typed, with when to try again where that helps."""
    response = make_response(page, refused.status if refused else 200)
    if isinstance(refused, TooSoon):
        response.headers["Retry-After"] = str(refused.seconds)
    return response


def show_question(
    slug: str, token: str, way: Way, refused: InvalidInput | None = None
) -> BaseResponse:
    """Return the page that asks for the street, or the next one where nothing is left to ask."""
    question = read_question(token)
    campaign: Campaign = find_campaign(slug)
    place = known_postal_code(question.postal_code)
    if place is None or campaign.id != question.campaign_id:
        raise refuse_link()
    open_layers = name_open_layers(find_near(place, campaign.layers).untold)
    if not open_layers:
        # Other boundaries came into force meanwhile, and the ZIP is enough.
        return redirect(_find_thanks(slug, way, question), 303)
    page = render_template(
        "public/address.html",
        base=way.base,
        thanks=_find_thanks(slug, way, question),
        campaign=campaign,
        place=place,
        open_layers=open_layers,
        typed=request.form if refused else {},
        problems=refused.fields if refused else {},
    )
    return answer_refusal(page, refused)


def take_answer(slug: str, token: str, way: Way) -> BaseResponse:
    """Store the street, or return the page with what is wrong with it."""
    read_question(token)
    try:
        # By the bytes: one token may be spelled in several ways.
        let_address_in(read_text(token).hex())
        answer_question(token, request.form, known_postal_code)
    except InvalidInput as refused:
        return show_question(slug, token, way, refused)
    wake(Stage.LOCATE)
    return redirect(_find_thanks(slug, way, read_question(token)), 303)


def _find_thanks(slug: str, way: Way, question: Question) -> str:
    return url_for(way.thanks, slug=slug, near=seal_place(question.postal_code))


def _read_names(ids: Sequence[int]) -> dict[int, str]:
    rows = db.session.execute(select(District.id, District.name).where(District.id.in_(ids)))
    return {row.id: row.name for row in rows}
