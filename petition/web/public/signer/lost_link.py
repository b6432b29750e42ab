"""The page for requesting lost private links by e-mail."""

from collections.abc import Mapping

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from petition.core.errors import InvalidInput, Problem
from petition.core.extensions import get_settings
from petition.error_messages.description import describe_all
from petition.signers.lost_link import ask_for_links
from petition.web.languages import get_language, is_redraw, offer_redraw, read_shown
from petition.web.origin import refuse_cross_site
from petition.web.public.blueprint import link_pages
from petition.web.ratelimit.limits import get_look_up_limit
from petition.web.ratelimit.signing_limits import let_ask

# In the query of the page that answers: the same for every address.
SENT = "sent"


@link_pages.get("/signatures/lost")
def lost() -> Response:
    """Show the form for the e-mail address; ``?sent``: the page that answers the form."""
    return _show(200, done=SENT in request.args)


@link_pages.post("/signatures/lost")
def mail_lost() -> BaseResponse:
    """Mail the links; neither the response nor its time reveals whether the address has signed.

    - The page has ``no-referrer``, so older browsers send ``Origin: null``. Another site gains
      nothing by making a visitor send this: anyone may, and the number of mails stays limited.
    """
    refuse_cross_site(request, get_settings().public_url, passes_null=True)
    let_ask(get_look_up_limit())
    if is_redraw():
        return _show(200, read_shown(), typed=request.form)
    try:
        ask_for_links(request.form.get("email", ""), get_language())
    except InvalidInput as refused:
        return _show(refused.status, refused.problems, typed=request.form)
    return redirect(url_for("links.lost", sent=1), 303)


def _show(status: int, problems: Mapping[str, Problem] | None = None, **values: object) -> Response:
    offer_redraw(problems)
    values = {"typed": {}, "problems": describe_all(problems or {}), "done": False} | values
    page = render_template("public/lost.html", **values)
    return make_response(page, status)
