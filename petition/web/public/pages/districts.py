"""A district's page, and the page that finds the districts of a ZIP code or an address."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, render_template, request, url_for

from petition.core.clock import utcnow
from petition.core.errors import NotFound, Problem
from petition.core.extensions import get_settings
from petition.counting.progress import Progress, read_progress, read_progress_of
from petition.error_messages.description import describe, describe_all
from petition.error_messages.page_messages import PageProblem
from petition.geocoding import Address
from petition.letters.public_letters import (
    LatestLetter,
    LetterLine,
    count_sent,
    list_just_sent,
    list_letters,
)
from petition.locating.address_lookup import find_at_address, find_near
from petition.models import Campaign
from petition.models.campaigns.layers import list_counted_layers
from petition.officials.recipients import LetterRecipient, list_recipients
from petition.participants.near import find_neighbors
from petition.partners.partner_list import list_divisions_around, list_nearest
from petition.postal.zip_places import ZipPlace, known_postal_code
from petition.signing.form_fields import read_text
from petition.signing.form_problems import FormProblem
from petition.web.languages import is_redraw, offer_redraw, read_shown
from petition.web.origin import refuse_cross_site
from petition.web.public.blueprint import public
from petition.web.public.pages.campaigns import find_campaign, tell_season
from petition.web.public.pages.letter_text import show_letter
from petition.web.public.pages.sealed_place import FIELD, LookUp, read_look_up, seal_look_up
from petition.web.public.sign.next_question import name_open_layers
from petition.web.ratelimit.limits import get_look_up_limit
from petition.web.ratelimit.signing_limits import let_ask

LONGEST_SHOWN = 20  # characters of what was typed as a ZIP
# The values of the page before a look-up.
NOTHING = {"districts": [], "open_layers": [], "groups": [], "expired": False}
GROUPS_SHOWN = 5
OF_ZIP = "near-zip"  # the field of the form that asks for a ZIP code alone
NO_ZIP = Problem(PageProblem.ZIP_MISSING)
NOT_A_ZIP = Problem(PageProblem.ZIP_UNKNOWN)
NO_DISTRICT = Problem(PageProblem.ZIP_OUTSIDE)


@dataclass(frozen=True, slots=True)
class DistrictView:
    """One district with the data of its page."""

    progress: Progress
    recipients: list[LetterRecipient]
    letters: list[LetterLine]
    letters_sent: int
    just_sent: LatestLetter | None


@public.get("/campaigns/<slug:slug>/districts/<word:layer>/<word:geoid>")
def show_district(slug: str, layer: str, geoid: str) -> str:
    """Show the progress of one district and its letters that were sent."""
    campaign = find_campaign(slug)
    check_counted(campaign, layer)
    district = _view(campaign, read_progress(campaign, layer, geoid))
    return render_template(
        "public/district.html",
        campaign=campaign,
        district=district,
        season=tell_season(campaign, utcnow()),
        summary=campaign.summary or show_letter(campaign).body.topic,
    )


def check_counted(campaign: Campaign, layer: str) -> None:
    """Raise NotFound where a campaign does not count by the districts of this layer."""
    if layer not in list_counted_layers(campaign.layers):
        raise NotFound(PageProblem.LAYER_NOT_COUNTED)


@public.get("/campaigns/<slug:slug>/near")
def near(slug: str) -> Response:
    """Show the result of a look-up within the last hour, else only the form.

    - A ZIP code in the URL only fills the form: our own URLs contain none, and nothing is looked up
      until the form is sent.
    """
    campaign = find_campaign(slug)
    found = read_look_up(slug)
    if found is not None:
        return _show_look_up(campaign, found)
    typed = request.args.get("postal_code", "")
    return _render_near(campaign, typed=typed, expired=bool(request.args.get(FIELD)))


@public.post("/campaigns/<slug:slug>/near")
def near_street(slug: str) -> Response:
    """Look up a ZIP code, or an address if a street is sent too; neither is stored.

    - 303 to the page that shows the result for an hour.
    """
    refuse_cross_site(request, get_settings().public_url)
    let_ask(get_look_up_limit())
    campaign = find_campaign(slug)
    code = request.form.get("postal_code", "")
    place = known_postal_code(code)
    if is_redraw():
        shown = read_shown()
        if "street_address" in request.form:
            return _render_near(campaign, typed_address=request.form, problems=shown)
        return _render_near(campaign, typed=code, problem=shown.get(OF_ZIP))
    if "street_address" in request.form:
        return _look_up_street(campaign, place)
    if place is None:
        missing = NOT_A_ZIP if code.strip() else NO_ZIP
        return _render_near(campaign, typed=code, problem=missing)
    found = find_near(place, campaign.layers)
    if not found.list_ids() and not found.untold:
        return _render_near(campaign, typed=code, problem=NO_DISTRICT)
    return _lead_to(campaign, LookUp(place))


def _look_up_street(campaign: Campaign, place: ZipPlace | None) -> Response:
    problems: dict[str, Problem] = {}
    street = read_text("street_address", request.form.get("street_address", ""), problems)
    if not street and not problems:
        problems["street_address"] = Problem(FormProblem.STREET_MISSING)
    if place is None:
        problems["postal_code"] = NOT_A_ZIP
    if place is None or problems:
        return _render_near(campaign, typed_address=request.form, problems=problems)
    address = Address(street, place.place, place.sole_state, place.postal_code)
    found = find_at_address(address, campaign.layers)
    ids = found.list_ids()
    if found.untold:  # shown with the form and what was typed
        asked = {"typed_address": request.form, "by_street": True, "later": found.later}
        return _show_found(campaign, LookUp(place), ids, found.untold, **asked)
    if not ids:
        typed = request.form.get("postal_code", "")
        return _render_near(campaign, typed=typed, problem=NO_DISTRICT)
    return _lead_to(campaign, LookUp(place, tuple(ids)))


def _lead_to(campaign: Campaign, look_up: LookUp) -> Response:
    token = seal_look_up(campaign.slug, look_up)
    address = url_for("public.near", slug=campaign.slug, near=token)
    return Response(status=303, headers={"Location": address, "Cache-Control": "no-store"})


def _show_look_up(campaign: Campaign, look_up: LookUp) -> Response:
    if look_up.district_ids:
        return _show_found(campaign, look_up, look_up.district_ids, {}, by_street=True)
    found = find_near(look_up.place, campaign.layers)
    return _show_found(campaign, look_up, found.list_ids(), found.untold)


def _show_found(
    campaign: Campaign,
    look_up: LookUp,
    district_ids: Iterable[int],
    untold: Mapping[str, Sequence[int]],
    **asked: Any,
) -> Response:
    districts = []
    for district_id in district_ids:
        with suppress(NotFound):  # it has just gone out of force
            districts.append(_view(campaign, read_progress_of(campaign, district_id)))
    if not districts and not untold:
        return _render_near(campaign, problem=NO_DISTRICT)
    return _render_near(
        campaign,
        place=look_up.place,
        districts=districts,
        open_layers=name_open_layers(untold),
        near=seal_look_up(campaign.slug, look_up),
        **_look_around(campaign, look_up.place),
        **asked,
    )


def _look_around(campaign: Campaign, place: ZipPlace) -> dict[str, Any]:
    """Return the signers and groups near a ZIP code's own point, whatever the street."""
    if place.latitude is None or place.longitude is None:
        return {}
    at = place.latitude, place.longitude
    return {
        "neighbors": find_neighbors(campaign.id, *at, campaign.recent_shown),
        "groups": list_nearest(campaign.id, *at, GROUPS_SHOWN, list_divisions_around(place)),
    }


def _view(campaign: Campaign, progress: Progress) -> DistrictView:
    return DistrictView(
        progress=progress,
        recipients=list_recipients(progress.division_id, progress.layer, campaign.recipients),
        letters=list_letters(campaign.id, progress.district_id),
        letters_sent=count_sent(campaign.id, progress.district_id),
        just_sent=list_just_sent(campaign.id, [progress.district_id], utcnow()).get(
            progress.district_id
        ),
    )


def _render_near(
    campaign: Campaign,
    *,
    typed: str = "",
    problem: Problem | None = None,
    problems: Mapping[str, Problem] | None = None,
    **found: Any,
) -> Response:
    """Return the page; ``problem``: that of the ZIP code alone, ``problems``: of the address."""
    shown = {OF_ZIP: problem} if problem else dict(problems or {})
    offer_redraw(shown)
    page = render_template(
        "public/near.html",
        campaign=campaign,
        season=tell_season(campaign, utcnow()),
        typed="".join(filter(str.isprintable, typed))[:LONGEST_SHOWN],
        problem=describe(problem) if problem else None,
        problems=describe_all(problems or {}),
        **(NOTHING | found),
    )
    response = make_response(page, 422 if shown and not is_redraw() else 200)
    if request.method == "POST" or request.args:
        response.headers["Cache-Control"] = "no-store"
    return response
