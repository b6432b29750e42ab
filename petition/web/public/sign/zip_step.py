"""The first step of the sign form without a script: the ZIP code, and what it shows.

The form is sent here by its own button and comes back with what was typed, so no URL contains a
ZIP. With a script the same is shown at once: see home_question.py.
"""

from flask import Response, request

from petition.core.extensions import get_settings
from petition.web.origin import refuse_cross_site
from petition.web.public.blueprint import public
from petition.web.public.pages.campaigns import find_campaign
from petition.web.public.sign.sign import show_typed
from petition.web.public.sign.sign_flows import PAGES
from petition.web.ratelimit.limits import get_question_limit
from petition.web.ratelimit.signing_limits import let_ask


@public.post("/campaigns/<slug:slug>/zip")
def show_zip(slug: str) -> Response:
    """Show the form with what its ZIP code tells; nothing is stored."""
    refuse_cross_site(request, get_settings().public_url)
    let_ask(get_question_limit())
    return show_typed(find_campaign(slug), PAGES)
