"""The view that stores a signature. Hot path: one INSERT, no ORM."""

from collections.abc import Mapping

from flask import Response, abort, make_response, request, url_for

from petition.campaigns.open_campaigns import find_open_campaign
from petition.core.clock import utcnow
from petition.core.columns import LARGEST_ID
from petition.core.errors import CampaignNotOpen, InvalidInput, Problem
from petition.core.extensions import get_settings
from petition.core.networks import list_networks
from petition.error_messages.description import describe_all
from petition.models import Campaign
from petition.postal.zip_places import known_postal_code
from petition.signing.just_signed import JustSigned
from petition.signing.network_origins import Origin
from petition.signing.sign import sign as store_signature
from petition.validation.whole_numbers import read_whole
from petition.web.errors import TooManyRequests, wants_json
from petition.web.form_moment import keep_moment
from petition.web.form_signals import TooSoon, ask_to_wait, observe
from petition.web.languages import choose_language, is_redraw, offer_redraw, read_shown
from petition.web.origin import refuse_cross_site
from petition.web.public.blueprint import public
from petition.web.public.pages.campaigns import CampaignPhase, find_campaign, tell_season
from petition.web.public.sign.home_question import read_named
from petition.web.public.sign.residence import ask_where
from petition.web.public.sign.sign_flows import PAGES, Way
from petition.web.public.sign.thanks_address import BY_STREET, name_thanks
from petition.web.ratelimit.limits import find_networks, get_limit, get_question_limit
from petition.web.ratelimit.signing_limits import let_ask, let_in, let_in_campaign, let_in_domain

# A field of the form: which version of the campaign's text was shown with it.
VERSION = "text_version"
FIRST = 1
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data", "")


@public.post("/campaigns/<slug:slug>/signatures")
def sign(slug: str) -> Response:
    """Store one signature from the campaign's own page."""
    return take_signature(slug, PAGES)


def take_signature(slug: str, way: Way) -> Response:
    """Store one signature; a second one of the same person gets the same response.

    - Suspected bots get the same response; the row is stored as ``rejected``
      (petition/signing/screening.py).
    - 303 to the thanks, or to a question page where the ZIP leaves a district open; the signature
      is stored in both cases.
    - 409 with the form if the letter has changed since the form was rendered: nobody signs a text
      that they have not read.
    - 422 with the form, what was typed and an error for each field, also for a form that was sent
      too soon; 429 with the form over a rate limit, for browsers.
    - Commits before it enqueues a job: without Redis the signature is stored all the same.
    """
    refuse_cross_site(request, get_settings().public_url)
    if is_redraw():
        return show_typed(slug, way)
    if request.mimetype not in FORMS:
        abort(415)
    networks = find_networks(request.remote_addr)
    # A plain dict: werkzeug's raises an exception internally for every missing field.
    form = request.form.to_dict()
    try:
        busy = let_in(get_limit(), networks)
        campaign = find_open_campaign(slug, utcnow())
        busy = max(busy, let_in_campaign(campaign, networks))
        traces = observe(campaign.guards, form, busy)
        let_in_domain(form.get("email", ""))
        origin = Origin(
            networks=list_networks(request.remote_addr),
            loaded_form=traces.form_at is not None,
            form_at=traces.form_at,
        )
        home = read_named(campaign.layers, form)
        language = choose_language()
        signed = store_signature(
            slug, form, known_postal_code, traces, language, origin, home, read_version(form)
        )
    except (InvalidInput, CampaignNotOpen) as problem:
        if wants_json():
            raise
        return _show_again(slug, way, problem)
    except TooManyRequests as problem:
        if not _is_page():
            raise
        return _show_again(slug, way, ask_to_wait(problem))
    code, street = form.get("postal_code", ""), form.get("street_address", "").strip()
    named = home.text if home else ""
    token = ask_where(signed, street, code, named, form.get("region", ""))
    if token is None:
        told = named or (BY_STREET if street else "")
        just = JustSigned(signed.asked, signed.campaign_id, chosen=signed.chosen, at=utcnow())
        return _go(name_thanks(way.thanks, slug, code, told, just))
    return _go(url_for(way.ask, slug=slug, token=token))


def read_version(form: Mapping[str, str]) -> int:
    """Return the version of the text that was shown with the form; FIRST where it is missing."""
    number = read_whole(form.get(VERSION, ""), LARGEST_ID)
    return FIRST if number is None else number


def _go(address: str) -> Response:
    return Response(status=303, headers={"Location": address})


def show_typed(slug: str, way: Way) -> Response:
    """Show the form with what was typed and what its ZIP code tells; nothing is stored.

    - Without errors, but for those that the form showed in another language.
    - 429 with the form over the limit on look-ups, for browsers: then nothing is looked up.
    """
    try:
        let_ask(get_question_limit())
    except TooManyRequests as too_many:
        if not _is_page():
            raise
        refused = ask_to_wait(too_many)
        kept = TooSoon(read_shown() | refused.problems, refused.seconds)
        return _show_again(slug, way, kept)
    campaign = find_campaign(slug)
    if tell_season(campaign, utcnow()) != CampaignPhase.OPEN:
        return _render(campaign, way, {}, 200)
    return _render(campaign, way, read_shown(), 200, request.form)


def _show_again(slug: str, way: Way, problem: InvalidInput | CampaignNotOpen) -> Response:
    campaign = find_campaign(slug)
    if tell_season(campaign, utcnow()) != CampaignPhase.OPEN:
        return _render(campaign, way, {}, CampaignNotOpen.status)
    problems = problem.problems if isinstance(problem, InvalidInput) else {}
    response = _render(campaign, way, problems, problem.status, request.form)
    if isinstance(problem, TooSoon):
        response.headers["Retry-After"] = str(problem.seconds)
    return response


def _render(
    campaign: Campaign,
    way: Way,
    problems: Mapping[str, Problem],
    status: int,
    typed: Mapping[str, str] | None = None,
) -> Response:
    offer_redraw(problems)
    form = None if typed is None else keep_moment(typed)
    response = make_response(way.show_form(campaign, form, describe_all(problems)), status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_page() -> bool:
    """Return whether a browser shows the response to a person.

    - Rendering the form costs more than refusing, so over a limit it is done for nobody else.
    """
    return request.headers.get("Sec-Fetch-Mode") == "navigate"
