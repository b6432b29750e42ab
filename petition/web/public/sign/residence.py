"""The pages that ask where a signer lives if their ZIP code leaves it open, one question each."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from petition.core.errors import InvalidInput, Problem, Retryable
from petition.core.sealing import read_text
from petition.error_messages.description import describe_all
from petition.error_messages.page_messages import PageProblem
from petition.models import Campaign
from petition.postal.us_states import find_region_code
from petition.postal.zip_places import ZipPlace, known_postal_code
from petition.signers.residence import answer_by_name, answer_question
from petition.signing.just_signed import JustSigned
from petition.signing.link_tokens import refuse_link
from petition.signing.location_questions import (
    MOST_ASKED,
    Question,
    ask_on,
    make_question,
    read_question,
)
from petition.signing.sign import Signed
from petition.web.form_signals import TooSoon
from petition.web.languages import is_redraw, offer_redraw, read_shown
from petition.web.public.blueprint import link_pages
from petition.web.public.pages.campaigns import find_campaign
from petition.web.public.pages.recipient_names import needs_street
from petition.web.public.sign.next_question import Ask, Asks, Why, find_ask, is_box
from petition.web.public.sign.sign_flows import PAGES, Way
from petition.web.public.sign.thanks_address import BY_STREET, CONFIRMED, name_thanks
from petition.web.ratelimit.limits import find_networks, get_address_limit, get_look_up_limit

TEMPLATES = {
    Asks.NAME: "public/which.html",
    Asks.STREET: "public/address.html",
    Asks.HOME: "public/home_address.html",
}


def ask_where(
    signed: Signed,
    street: str,
    postal_code: str,
    home: str,
    typed_region: str = "",
    *,
    confirmed: bool = False,
) -> str | None:
    """Return the token of the question page after signing; None where nothing is to be asked.

    - ``home``: the district named in the form. ``confirmed``: their mailbox is confirmed.
    """
    place = known_postal_code(postal_code)
    typed = typed_region.strip()
    region = (find_region_code(typed) or typed.upper()) if typed else ""
    try:
        if place is None or find_ask(signed.layers, place, street, home, region=region) is None:
            return None
    except Retryable:
        return None  # the signature is stored; the question is asked later
    boxed = bool(street.strip()) and is_box(street)
    return make_question(
        signed.asked,
        signed.campaign_id,
        place.postal_code,
        home,
        boxed=boxed,
        confirmed=confirmed,
        chosen=signed.chosen,
    )


@link_pages.get("/campaigns/<slug:slug>/address/<token>")
def ask(slug: str, token: str) -> BaseResponse:
    """Show the question for the county or town, the street, or the home address."""
    return show_question(slug, token, PAGES)


@link_pages.post("/campaigns/<slug:slug>/address/<token>")
def answer(slug: str, token: str) -> BaseResponse:
    """Store the answer, and redirect to the next question or to the thanks."""
    return take_answer(slug, token, PAGES)


def let_address_in(whose: str) -> None:
    """Count an address change, against the look-up limit of the network and that of ``whose``.

    - Raises TooSoon, with a message for the page that shows the form again.
    """
    wait = get_look_up_limit().hit(find_networks(request.remote_addr))
    if wait:
        raise _ask_to_wait(PageProblem.LOOK_UPS_BUSY, wait)
    wait = get_address_limit().hit(whose)
    if wait:
        raise _ask_to_wait(PageProblem.ADDRESS_BUSY, wait)


def _ask_to_wait(code: PageProblem, seconds: int) -> TooSoon:
    return TooSoon({"address": Problem(code, {"wait": timedelta(seconds=seconds)})}, seconds)


def answer_refusal(page: str, refused: InvalidInput | None) -> Response:
    """Return the page with the status of the error, and Retry-After for TooSoon."""
    response = make_response(page, refused.status if refused else 200)
    if isinstance(refused, TooSoon):
        response.headers["Retry-After"] = str(refused.seconds)
    return response


def show_question(
    slug: str, token: str, way: Way, refused: InvalidInput | None = None
) -> BaseResponse:
    """Return the question page, or a redirect to the thanks where nothing is left to ask."""
    question = read_question(token)
    campaign, place = _find_asked(slug, question)
    asked = _find_ask(campaign, place, question)
    if asked is None:
        # Other boundaries have come into force, and the ZIP is now sufficient.
        return redirect(_find_thanks(slug, way, question, question.postal_code, question.home), 303)
    problems = refused.problems if refused else read_shown()
    offer_redraw(problems)
    page = render_template(
        TEMPLATES[asked.kind],
        base=way.base,
        thanks=_find_thanks(slug, way, question, question.postal_code, question.home),
        campaign=campaign,
        place=place,
        ask=asked,
        awaits=campaign.confirm_email and not question.confirmed,
        open_layers=asked.layers,
        typed=request.form if refused or is_redraw() else {},
        problems=describe_all(problems),
    )
    return answer_refusal(page, refused)


def take_answer(slug: str, token: str, way: Way) -> BaseResponse:
    """Store the answer and redirect, or return the page with its errors."""
    question = read_question(token)
    campaign, place = _find_asked(slug, question)
    if is_redraw():
        return show_question(slug, token, way)
    form = request.form.to_dict()
    by_name = "home" in form
    try:
        # By the decoded bytes, since one token has several spellings.
        let_address_in(read_text(token).hex())
        if by_name:
            code, home = place.postal_code, _take_choice(token, campaign, place, question)
        else:
            code, home = _take_address(token, campaign, place, question), ""
    except InvalidInput as refused:
        return show_question(slug, token, way, refused)
    street = "" if by_name else form.get("street_address", "").strip()
    return redirect(_go_on(slug, way, campaign, question, code, home, street), 303)


def check_home(
    campaign: Campaign, form: Mapping[str, str], before: ZipPlace | None
) -> dict[str, Problem]:
    """Return what is wrong with an address as that of a home, by field.

    - ``before``: the place that applies where no ZIP is typed. An invalid ZIP is reported
      elsewhere.
    """
    street, typed = form.get("street_address", "").strip(), form.get("postal_code", "").strip()
    place = known_postal_code(typed) if typed else before
    if place is None:
        return {}
    if street and not place.is_military and is_box(street):
        return {"street_address": Problem(PageProblem.STREET_IS_BOX)}
    try:
        found = find_ask(campaign.layers, place)
    except Retryable:
        return {}
    if found is None or found.why in (None, Why.BOX):
        return {}
    return {"postal_code": _refuse_place(found.why)}


def refuse_choice() -> InvalidInput:
    """Return the error for a district that was not to be chosen."""
    return InvalidInput({"home": Problem(PageProblem.HOME_NOT_OFFERED)})


def _refuse_place(why: Why | None) -> Problem:
    if why == Why.MILITARY:
        return Problem(PageProblem.ZIP_MILITARY)
    return Problem(PageProblem.ZIP_OUTSIDE)


def _find_asked(slug: str, question: Question) -> tuple[Campaign, ZipPlace]:
    campaign = find_campaign(slug)
    place = known_postal_code(question.postal_code)
    if place is None or campaign.id != question.campaign_id:
        raise refuse_link()
    return campaign, place


def _find_ask(campaign: Campaign, place: ZipPlace, question: Question) -> Ask | None:
    return find_ask(campaign.layers, place, home=question.home, boxed=question.boxed)


def _take_choice(token: str, campaign: Campaign, place: ZipPlace, question: Question) -> str:
    asked = _find_ask(campaign, place, question)
    chosen = asked.find_choice(request.form["home"]) if asked else None
    if chosen is None:
        raise refuse_choice()
    return answer_by_name(token, chosen.layer, chosen.geoid, chosen.state)


def _take_address(token: str, campaign: Campaign, place: ZipPlace, question: Question) -> str:
    form = request.form.to_dict()
    problems = check_home(campaign, form, place)
    if problems:
        raise InvalidInput(problems)
    typed = known_postal_code(form.get("postal_code", "")) or place
    elsewhere = question.boxed or typed != place
    optional = elsewhere and not needs_street(campaign.layers)
    return answer_question(token, form, known_postal_code, optional)


def _go_on(
    slug: str, way: Way, campaign: Campaign, question: Question, code: str, home: str, street: str
) -> str:
    """Return the URL of the next question, or of the thanks."""
    place = known_postal_code(code)
    try:
        left = place and find_ask(campaign.layers, place, street, home)
    except Retryable:
        left = None
    if left is None or question.asked >= MOST_ASKED:
        told = home or (BY_STREET if street else "")
        return _find_thanks(slug, way, question, code, told, answered=True)
    return url_for(way.ask, slug=slug, token=ask_on(question, code, home))


def _find_thanks(
    slug: str, way: Way, question: Question, postal_code: str, told: str, *, answered: bool = False
) -> str:
    if question.confirmed:
        told = f"{told} {CONFIRMED}".strip()
    whom = replace(question.whom, number=question.whom.number + answered)
    signed = JustSigned(whom, question.campaign_id, chosen=question.chosen, at=question.at)
    return name_thanks(way.thanks, slug, postal_code, told, signed)
