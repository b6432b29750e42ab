"""The pages of partner organizations: the list, one's own page, and those near a ZIP code."""

from flask import Response, make_response, render_template, request, url_for

from petition.core.errors import Problem
from petition.core.extensions import get_settings
from petition.error_messages.description import describe
from petition.error_messages.page_messages import PageProblem
from petition.partners.partner_list import (
    list_divisions_around,
    list_nearest,
    list_partners,
    read_group,
)
from petition.postal.zip_places import ZipPlace, known_postal_code
from petition.web.languages import is_redraw, offer_redraw, read_shown
from petition.web.origin import refuse_cross_site
from petition.web.public.blueprint import public
from petition.web.public.pages.campaigns import find_queried_campaign
from petition.web.public.pages.sealed_place import FIELD, LookUp, read_look_up, seal_look_up
from petition.web.ratelimit.limits import get_look_up_limit
from petition.web.ratelimit.signing_limits import let_ask

GROUPS_NEAR = 10
LONGEST_SHOWN = 20  # characters of what was typed as a ZIP
OF_ZIP = "near-zip"  # the field of the form
# In place of a campaign's slug, which has no blank.
SEALED_FOR = "all groups"


@public.get("/groups")
def list_groups() -> Response:
    """Show the organizations, or those of a campaign (``campaign`` in the query), and the form.

    - With the result of a look-up within the last hour, which is sealed in the URL: those near.
    """
    found = read_look_up(SEALED_FOR)
    if found is not None:
        return _show(place=found.place)
    return _show(expired=FIELD in request.args)


@public.post("/groups")
def find_groups() -> Response:
    """Look up a ZIP code, which is not stored; 303 to the page that shows the result."""
    refuse_cross_site(request, get_settings().public_url)
    let_ask(get_look_up_limit())
    code = request.form.get("postal_code", "")
    if is_redraw():
        return _show(typed=code, problem=read_shown().get(OF_ZIP))
    place = known_postal_code(code)
    if place is None:
        missing = PageProblem.ZIP_UNKNOWN if code.strip() else PageProblem.ZIP_MISSING
        return _show(typed=code, problem=Problem(missing))
    address = url_for("public.list_groups", near=seal_look_up(SEALED_FOR, LookUp(place)))
    return Response(status=303, headers={"Location": address, "Cache-Control": "no-store"})


@public.get("/groups/<slug:slug>")
def show_group(slug: str) -> str:
    """Show one organization: what it is, what it offers, whom to ask, what it supports."""
    return render_template("public/group.html", group=read_group(slug))


def _show(
    *,
    typed: str = "",
    problem: Problem | None = None,
    place: ZipPlace | None = None,
    expired: bool = False,
) -> Response:
    campaign = find_queried_campaign() if request.method == "GET" else None
    offer_redraw({OF_ZIP: problem} if problem else {})
    page = render_template(
        "public/groups.html",
        campaign=campaign,
        groups=list_partners(campaign.id if campaign else None),
        near=_list_near(place) if place else [],
        place=place,
        expired=expired,
        typed="".join(filter(str.isprintable, typed))[:LONGEST_SHOWN],
        problem=describe(problem) if problem else None,
    )
    response = make_response(page, 422 if problem and not is_redraw() else 200)
    if request.method == "POST" or FIELD in request.args:
        response.headers["Cache-Control"] = "no-store"
    return response


def _list_near(place: ZipPlace) -> list[object]:
    if place.latitude is None or place.longitude is None:
        return []
    divisions = list_divisions_around(place)
    return [*list_nearest(None, place.latitude, place.longitude, GROUPS_NEAR, divisions)]
