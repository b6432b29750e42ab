"""The first step of the sign form without a script: the ZIP code, and what it shows.

The form is sent here by its own button and comes back with what was typed, so no URL contains a
ZIP. With a script the same is shown at once: see home_question.py.
"""

from flask import Response, request

from petition.core.extensions import get_settings
from petition.web.origin import refuse_cross_site
from petition.web.public.blueprint import public
from petition.web.public.sign.sign import show_typed
from petition.web.public.sign.sign_flows import PAGES


@public.post("/campaigns/<slug:slug>/zip")
def show_zip(slug: str) -> Response:
    """Show the form with what its ZIP code tells; nothing is stored.

    - 429 with the form over the limit on look-ups: one can sign without them.
    """
    refuse_cross_site(request, get_settings().public_url)
    return show_typed(slug, PAGES)
