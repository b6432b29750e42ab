"""The question for the county or town in the sign form itself, once its ZIP code is typed.

- The page's script asks for it by POST: a ZIP code in an address would stay in logs, and the answer
  is the campaign's own, of its layers and of the boundaries in force. It holds facts and nobody's
  data, and no cookie goes with it. Without the script the page after signing asks (residence.py).
- What comes back in the form is taken only where it is one of the districts in question.
"""

from collections.abc import Mapping, Sequence

from flask import Response, make_response, render_template, request

from petition.core.errors import InvalidInput, Problem, Retryable
from petition.core.extensions import get_settings
from petition.error_messages.page_messages import PageProblem
from petition.models.home import Home, write_home
from petition.models.layers import NAMED
from petition.postal.zip_places import known_postal_code
from petition.web.form_signals import let_ask
from petition.web.origin import refuse_cross_site
from petition.web.public.blueprint import public
from petition.web.public.pages.campaigns import find_campaign
from petition.web.public.sign.next_question import Ask, Asks, find_ask
from petition.web.ratelimit.limits import get_question_limit

# The form's fields, by layer.
FIELDS = {f"home_{layer}": str(layer) for layer in NAMED}


@public.post("/campaigns/<slug:slug>/homes")
def find_homes(slug: str) -> Response:
    """Answer with the question as the form shows it; with nothing where there is none to ask.

    - Limited by network. Whoever is refused signs all the same, and is asked on the page after it.
    """
    refuse_cross_site(request, get_settings().public_url)
    let_ask(get_question_limit())
    campaign = find_campaign(slug)
    page = render_template(
        "public/_homes_answer.html",
        ask=find_form_ask(campaign.layers, request.form),
        place=known_postal_code(request.form.get("postal_code", "")),
        typed=request.form,
    )
    response = make_response(page.strip())
    response.headers["Cache-Control"] = "no-store"
    return response


def find_form_ask(layers: Sequence[str], form: Mapping[str, str]) -> Ask | None:
    """Return what the ZIP code that is typed in the form leaves open; None while it is none."""
    place = known_postal_code(form.get("postal_code", ""))
    try:
        return find_ask(layers, place) if place else None
    except Retryable:
        return None


def read_named(layers: Sequence[str], form: Mapping[str, str]) -> Home | None:
    """Return the districts that were chosen in the form; None where none was.

    - Raises InvalidInput for what was not to be chosen: the ZIP code was changed after it, or the
      answer is made up.
    """
    chosen = {layer: form[field] for field, layer in FIELDS.items() if form.get(field)}
    ask = find_form_ask(layers, form) if chosen else None
    if ask is None or ask.kind != Asks.NAME:
        return None  # the ZIP decides, or a street does
    offered = {choice.value: choice for layer in ask.layers for choice in layer.answers}
    for layer, geoid in chosen.items():
        if f"{layer}:{geoid}" not in offered:
            raise InvalidInput({f"home_{layer}": Problem(PageProblem.PLACE_NOT_OFFERED)})
    states = [offered[f"{layer}:{geoid}"].state for layer, geoid in chosen.items()]
    return Home(write_home(chosen), next(filter(None, states), ""))
