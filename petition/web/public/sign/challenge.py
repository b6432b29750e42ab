"""The proof-of-work challenge that a browser solves before it sends the sign form, if required."""

from flask import Response, abort, jsonify, request

from petition.campaigns.open_campaigns import find_open_campaign
from petition.core.clock import utcnow
from petition.models.campaigns.campaign import SLUG
from petition.web.proof_of_work import make_challenge
from petition.web.public.blueprint import public
from petition.web.ratelimit.limits import find_networks
from petition.web.ratelimit.signing_limits import asks_proof


@public.get("/altcha/challenge")
def give_challenge() -> Response:
    """Return a challenge; 204 where no proof of work is required from this network now."""
    slug = request.args.get("campaign", "")
    if not SLUG.fullmatch(slug):
        abort(404)
    campaign = find_open_campaign(slug, utcnow())
    if asks_proof(campaign, find_networks(request.remote_addr)):
        response = jsonify(make_challenge())
    else:
        response = Response(status=204)
    response.headers["Cache-Control"] = "no-store"
    return response
