"""The page that asks for the street, where a ZIP code lies in several districts."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from petition.errors import InvalidInput, Retryable, TokenRefused
from petition.extensions import db
from petition.geography.near import find_near
from petition.geography.postal import known_postal_code
from petition.models import Campaign, District, Layer
from petition.queues import Stage, wake
from petition.signing.address import answer_question, make_question, read_question
from petition.signing.sign import Signed
from petition.web.public.blueprint import link_pages
from petition.web.public.campaigns import find_campaign


@dataclass(frozen=True, slots=True)
class OpenLayer:
    """A layer that a ZIP does not decide, and the names of the districts in question."""

    layer: str
    districts: list[str]


def ask_for_street(signed: Signed, street: str, postal_code: str) -> str | None:
    """Return the token of the page that asks for the street; None where nothing is to be asked."""
    if street.strip() or set(signed.layers) <= {Layer.COUNTY}:
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
def ask(slug: str, token: str) -> Response:
    """Name the districts in question, and ask for the street."""
    return _show(slug, token)


@link_pages.post("/campaigns/<slug:slug>/address/<token>")
def answer(slug: str, token: str) -> BaseResponse:
    """Store the street; what happens next is told as after any signing."""
    try:
        answer_question(token, request.form, known_postal_code)
    except InvalidInput as refused:
        return _show(slug, token, refused)
    wake(Stage.LOCATE)
    return redirect(url_for("public.thanks", slug=slug), 303)


def _show(slug: str, token: str, refused: InvalidInput | None = None) -> Response:
    question = read_question(token)
    campaign: Campaign = find_campaign(slug)
    place = known_postal_code(question.postal_code)
    if place is None or campaign.id != question.campaign_id:
        raise TokenRefused("This link is not valid. Check that it was copied whole.")
    page = render_template(
        "public/address.html",
        campaign=campaign,
        place=place,
        open_layers=name_open_layers(find_near(place, campaign.layers).untold),
        typed=request.form if refused else {},
        problems=refused.fields if refused else {},
    )
    return make_response(page, refused.status if refused else 200)


def _read_names(ids: Sequence[int]) -> dict[int, str]:
    rows = db.session.execute(select(District.id, District.name).where(District.id.in_(ids)))
    return {row.id: row.name for row in rows}
