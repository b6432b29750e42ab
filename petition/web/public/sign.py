"""The sign form's address: it must bear a crowd, so it does no more than it must."""

from flask import Response, abort, make_response, request, url_for

from petition.clock import utcnow
from petition.errors import CampaignNotOpen, InvalidInput
from petition.extensions import get_settings
from petition.geography.postal import known_postal_code
from petition.queues import Stage, wake
from petition.signing.sign import sign as store_signature
from petition.web.errors import TooManyRequests, wants_json
from petition.web.limits import find_network, get_limit
from petition.web.origin import refuse_cross_site
from petition.web.public.address import ask_for_street
from petition.web.public.blueprint import public
from petition.web.public.campaigns import Season, find_campaign, render_campaign, tell_season

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data", "")


@public.post("/campaigns/<slug:slug>/signatures")
def sign(slug: str) -> Response:
    """Take one signature, and answer a second one of the same person exactly as the first.

    - 303 to the thanks, or to the page that asks for the street where the ZIP leaves a district
      open; the signature is stored either way.
    - 422 with the form as it was typed and each problem beside its field.
    - Commit first, then wake a worker: without Redis the signature is kept all the same.
    """
    refuse_cross_site(request, get_settings().public_url)
    if request.mimetype not in FORMS:
        abort(415)
    wait = get_limit().hit(find_network(request.remote_addr))
    if wait:
        raise TooManyRequests(wait)
    try:
        signed = store_signature(slug, request.form, known_postal_code)
    except (InvalidInput, CampaignNotOpen) as problem:
        if wants_json():
            raise
        return _show_again(slug, problem)
    wake(Stage.MAIL if signed.awaits_confirmation else Stage.LOCATE)
    form = request.form
    token = ask_for_street(signed, form.get("street_address", ""), form.get("postal_code", ""))
    if token is None:
        return _go(url_for("public.thanks", slug=slug))
    return _go(url_for("links.ask", slug=slug, token=token))


def _go(address: str) -> Response:
    return Response(status=303, headers={"Location": address})


def _show_again(slug: str, problem: InvalidInput | CampaignNotOpen) -> Response:
    campaign = find_campaign(slug)
    if tell_season(campaign, utcnow()) != Season.OPEN:
        response = make_response(render_campaign(campaign), CampaignNotOpen.status)
    else:
        fields = problem.fields if isinstance(problem, InvalidInput) else {}
        response = make_response(render_campaign(campaign, request.form, fields), problem.status)
    response.headers["Cache-Control"] = "no-store"
    return response
