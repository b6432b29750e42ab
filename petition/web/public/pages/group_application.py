"""The form with which a group applies, and the page of the link that proves its address."""

from collections.abc import Mapping

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from petition.campaigns.screening_settings import ScreeningSettings
from petition.core.errors import InvalidInput, Problem
from petition.core.extensions import get_settings
from petition.error_messages.description import describe_all
from petition.partners.applications.application_form import read_application
from petition.partners.applications.application_steps import (
    apply,
    list_open_campaigns,
    look_at_application,
    prove_address,
)
from petition.signing.screening import judge
from petition.web.form_moment import keep_moment, seal_moment
from petition.web.form_signals import TooSoon, observe
from petition.web.languages import get_language, is_redraw, offer_redraw, read_shown
from petition.web.origin import refuse_cross_site
from petition.web.public.blueprint import link_pages, public
from petition.web.ratelimit.limits import get_look_up_limit
from petition.web.ratelimit.signing_limits import let_ask

# In the query of the page that answers, which says the same whatever was sent.
SENT = "sent"
GUARDS = ScreeningSettings()


@public.get("/groups/apply")
def show_application() -> Response:
    """Show the form; ``?sent``: the page that answers it."""
    return _show(200, done=SENT in request.args)


@public.post("/groups/apply")
def send_application() -> BaseResponse:
    """Store an application, and mail the link that proves its address.

    - A robot's is not stored, and answered alike.
    """
    refuse_cross_site(request, get_settings().public_url)
    let_ask(get_look_up_limit())
    if is_redraw():
        return _show(200, read_shown(), typed=request.form)
    form = request.form.to_dict()
    try:
        seen = observe(GUARDS, form, 0)
        told = read_application(form, request.form.getlist("campaign"))
    except TooSoon as refused:
        return _show(refused.status, {"soon": refused.problems["wait"]}, typed=keep_moment(form))
    except InvalidInput as refused:
        return _show(refused.status, refused.problems, typed=keep_moment(form))
    if judge(GUARDS, seen) is None:
        apply(told, get_language())
    return redirect(url_for("public.show_application", sent=1), 303)


@link_pages.get("/groups/apply/<token>")
def show_proof(token: str) -> str:
    """Show which address is to be proved, and the button that does it."""
    name, email, done = look_at_application(token)
    return render_template("public/application_proof.html", name=name, email=email, done=done)


@link_pages.post("/groups/apply/<token>")
def prove_application(token: str) -> BaseResponse:
    """Prove the address."""
    refuse_cross_site(request, get_settings().public_url, passes_null=True)
    prove_address(token)
    return redirect(url_for("links.show_proof", token=token), 303)


def _show(status: int, problems: Mapping[str, Problem] | None = None, **values: object) -> Response:
    offer_redraw(problems)
    shown: dict[str, object] = {
        "typed": {},
        "problems": describe_all(problems or {}),
        "done": False,
        "drawn": seal_moment(),
        "campaigns": list_open_campaigns(),
        "chosen": request.form.getlist("campaign"),
    }
    page = render_template("public/application.html", **(shown | values))
    response = make_response(page, status)
    if request.method == "POST" or request.args:
        response.headers["Cache-Control"] = "no-store"
    return response
