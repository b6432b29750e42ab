"""People near an organization who allowed it to contact them."""

from datetime import date
from typing import Any

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from petition.accounts.permissions import Permission
from petition.core.columns import LARGEST_ID
from petition.core.extensions import db
from petition.error_messages.description import describe_wait
from petition.models import Campaign, ConsentOffer, ConsentPurpose, Organization
from petition.partners.bases.base_list import BaseLine, list_bases
from petition.partners.lookups.cell_map import draw_cells
from petition.partners.lookups.near_cells import NearFilter
from petition.partners.lookups.near_counts import find_near_count
from petition.partners.lookups.near_people import look_up
from petition.partners.lookups.origins import find_origin
from petition.partners.people.person_ids import read_cursor, write_cursor
from petition.validation.whole_numbers import read_whole
from petition.web.partner.organization_guard import of_organization
from petition.web.partner.pages import blueprint
from petition.web.portals.guards import get_actor
from petition.web.ratelimit.look_up_limits import count_look_up

# Of what a page of this list ends with; sealed, since numbers of rows tell how many others have.
CURSOR = "near"
LONGEST_CURSOR = 200


@blueprint.get("/<slug:slug>/people")
@of_organization(Permission.PEOPLE_LOOK_UP)
def list_people(group: Organization) -> ResponseReturnValue:
    """Show a page of people, the map of their cells, and the filters.

    - Each time is an access in the organization's record, and counts as one look-up.
    """
    slug, name, group_id = group.slug, group.name, group.id
    campaigns = _list_campaigns(group_id)
    chosen, wrong = _read_filter([campaign_id for campaign_id, _ in campaigns])
    bases = [one for one in list_bases(group_id) if one.is_approved]
    base_id = read_whole(request.args.get("base", ""), LARGEST_ID)
    # Another organization's is answered as one that does not exist: by the first.
    origin = find_origin(group_id, base_id=base_id if _is_one(bases, base_id) else None)
    values: dict[str, Any] = {
        "slug": slug,
        "name": name,
        "campaigns": campaigns,
        "chosen": chosen,
        "wrong": wrong,
        "origin": origin,
        "bases": bases,
    }
    db.session.rollback()
    if origin is None or wrong:
        return _show(**values)
    wait = count_look_up(group_id, get_actor())
    if wait:
        answer = _show(**values, wait=describe_wait(wait))
        answer.status_code = 429
        answer.headers["Retry-After"] = str(wait)
        return answer
    page = look_up(group_id, origin, chosen, actor=get_actor(), after=_read_after(group_id))
    return _show(
        **values,
        page=page,
        after=write_cursor(group_id, CURSOR, page.after) if page.after is not None else None,
        drawing=draw_cells(origin, page.cells),
        around=find_near_count(origin),
    )


def _show(**values: Any) -> Response:
    return make_response(render_template("partner/people.html", **values))


def _is_one(bases: list[BaseLine], base_id: int | None) -> bool:
    return any(one.id == base_id for one in bases)


def _list_campaigns(organization_id: int) -> list[tuple[int, str]]:
    """Return id and title of the campaigns in which the organization asked to contact signers."""
    rows = db.session.execute(
        select(Campaign.id, Campaign.title)
        .join(ConsentOffer, ConsentOffer.campaign_id == Campaign.id)
        .where(
            ConsentOffer.organization_id == organization_id,
            ConsentOffer.purpose == ConsentPurpose.CONTACT,
        )
        .distinct()
        .order_by(Campaign.id)
    )
    return [(row.id, row.title) for row in rows]


def _read_filter(campaigns: list[int]) -> tuple[NearFilter, str]:
    """Return what is looked for, and what is wrong with the day that was typed, or ""."""
    campaign_id = read_whole(request.args.get("campaign", ""), LARGEST_ID)
    since, wrong = None, ""
    if said := request.args.get("since", "").strip():
        try:
            since = date.fromisoformat(said)
        except ValueError:
            wrong = "Give the day as year, month and day, such as 2026-11-30."
    found = NearFilter(
        campaign_id=campaign_id if campaign_id in campaigns else None,
        since=since,
        with_words=request.args.get("comment") == "1",
    )
    return found, wrong


def _read_after(group_id: int) -> int | None:
    """Return the consent after which the page begins; None where no page of this list ended so."""
    said = request.args.get("after", "")
    return read_cursor(said, group_id, CURSOR) if len(said) <= LONGEST_CURSOR else None
