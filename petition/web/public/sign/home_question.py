"""What the sign form shows once its ZIP code is typed: the districts' progress, and a question.

- The question is for the county or town, where the ZIP code lies in several. The page's script
  requests it by POST, since a ZIP code in a URL would stay in logs. The response depends on the
  campaign's layers, the boundaries in force and the published counts; it contains no personal
  data, and no cookie is sent. Without the script the form's own button (zip_step.py) or the page
  after signing asks (residence.py).
- An answer in the form is accepted only if it is one of the districts in question.
"""

from collections.abc import Mapping, Sequence

from flask import Response, make_response, render_template, request

from petition.core.errors import InvalidInput, Problem, Retryable
from petition.core.extensions import get_settings
from petition.error_messages.page_messages import PageProblem
from petition.models import Campaign
from petition.models.campaigns.layers import NAMED
from petition.models.signatures.home import Home, write_home
from petition.postal.zip_places import known_postal_code
from petition.web.origin import refuse_cross_site
from petition.web.public.blueprint import public
from petition.web.public.pages.campaigns import find_campaign
from petition.web.public.pages.district_progress import Standing, list_standings
from petition.web.public.sign.next_question import Ask, Asks, find_ask
from petition.web.ratelimit.limits import get_question_limit
from petition.web.ratelimit.signing_limits import let_ask

# The form's fields, by layer.
FIELDS = {f"home_{layer}": str(layer) for layer in NAMED}


@public.post("/campaigns/<slug:slug>/homes")
def find_homes(slug: str) -> Response:
    """Return how far the districts of the ZIP are and the question, as HTML for the form.

    - Rate-limited by network. A refused signer can still sign, and is asked on the next page.
    """
    refuse_cross_site(request, get_settings().public_url)
    let_ask(get_question_limit())
    campaign = find_campaign(slug)
    page = render_template(
        "public/_homes_answer.html",
        standings=find_form_standings(campaign, request.form),
        ask=find_form_ask(campaign.layers, request.form),
        place=known_postal_code(request.form.get("postal_code", "")),
        typed=request.form,
    )
    response = make_response(page.strip())
    response.headers["Cache-Control"] = "no-store"
    return response


def find_form_ask(layers: Sequence[str], form: Mapping[str, str]) -> Ask | None:
    """Return what the ZIP code in the form leaves open; None for nothing and for an invalid one."""
    place = known_postal_code(form.get("postal_code", ""))
    try:
        return find_ask(layers, place) if place else None
    except Retryable:
        return None


def find_form_standings(campaign: Campaign, form: Mapping[str, str]) -> list[Standing]:
    """Return the progress of the districts that the ZIP code in the form determines."""
    return list_standings(campaign, known_postal_code(form.get("postal_code", "")))


def read_named(layers: Sequence[str], form: Mapping[str, str]) -> Home | None:
    """Return the districts that were chosen in the form; None where none was.

    - Raises InvalidInput for a district that was not offered: the ZIP code was changed afterwards,
      or the value is forged.
    """
    chosen = {layer: form[field] for field, layer in FIELDS.items() if form.get(field)}
    ask = find_form_ask(layers, form) if chosen else None
    if ask is None or ask.kind != Asks.NAME:
        return None  # the ZIP determines the district, or the street will
    offered = {choice.value: choice for layer in ask.layers for choice in layer.answers}
    for layer, geoid in chosen.items():
        if f"{layer}:{geoid}" not in offered:
            raise InvalidInput({f"home_{layer}": Problem(PageProblem.PLACE_NOT_OFFERED)})
    states = [offered[f"{layer}:{geoid}"].state for layer, geoid in chosen.items()]
    return Home(write_home(chosen), next(filter(None, states), ""))
