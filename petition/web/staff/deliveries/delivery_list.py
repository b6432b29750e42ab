"""The delivery log: its list with filters, the part that a page renews, CSV, and saved views."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import (
    Response,
    flash,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import select

from petition.accounts.permissions import Permission
from petition.core.clock import utcnow
from petition.core.columns import LARGEST_ID
from petition.core.errors import InvalidInput, NotFound, Problem, UserError
from petition.core.extensions import db
from petition.delivery.channels import CHANNELS
from petition.delivery.delivery_problems import DeliveryProblem
from petition.delivery.log.delivery_log import count_matching, list_deliveries, name_holders
from petition.delivery.log.log_export import write_csv
from petition.delivery.log.log_pages import PAGE_ROWS, DeliveryRow
from petition.delivery.log.saved_views import forget_view, list_views, save_view
from petition.delivery.log.state_counts import count_by_state
from petition.delivery.staff_holds import can_hold, can_release, hold_many, release_many
from petition.error_messages.description import describe_error, describe_fields
from petition.health.mail_lanes import describe_cause, read_letter_mailing
from petition.models import Campaign, DeliveryIndex, User
from petition.models.states import NEEDS_A_PERSON
from petition.validation.whole_numbers import read_whole
from petition.web.portals.guards import get_actor
from petition.web.staff.deliveries.filters import NEEDED, Filters, read_filters
from petition.web.staff.deliveries.state_words import NEXT, describe_age, explain_hold
from petition.web.staff.pages import blueprint
from petition.web.staff.scopes import find_scope, requires_somewhere

# The words of the filters that a page folds.
LABELS = {
    "channel": "Channel",
    "code": "Reply code",
    "domain": "E-mail domain",
    "letter": "Letter code",
    "message_id": "Message-ID",
    "by": "Last acted on by",
    "since": "Planned since",
    "until": "Planned until",
}
# Accounts that the filter by person offers.
MOST_PEOPLE = 200
STAFF = "staff:"  # before the number of an account, as events name it


@dataclass(frozen=True, slots=True)
class Ticked:
    """What was sent with ticked deliveries and refused: the message, the words and the ids."""

    wrong: str = ""
    why: str = ""
    ids: frozenset[int] = frozenset()


NOTHING = Ticked()


@blueprint.get("/deliveries")
@requires_somewhere(Permission.DELIVERIES_READ)
def list_all() -> ResponseReturnValue:
    """Show the deliveries that match the filters, those that wait for a person first."""
    return _show(read_filters(request.args))


@blueprint.get("/deliveries/live")
@requires_somewhere(Permission.DELIVERIES_READ)
def show_live() -> ResponseReturnValue:
    """Return the part of the list that changes, for a page that renews it."""
    return render_template("staff/deliveries_live.html", **_gather(read_filters(request.args)))


@blueprint.get("/deliveries.csv")
@requires_somewhere(Permission.DELIVERIES_READ)
def export_list() -> ResponseReturnValue:
    """Return the deliveries that match as CSV, written while it is read."""
    wanted = _ask(read_filters(request.args))
    response = Response(stream_with_context(write_csv(wanted)), content_type="text/csv")
    name = f"deliveries-{utcnow():%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.post("/deliveries/ticked")
@requires_somewhere(Permission.DELIVERIES_DECIDE)
def act_on_ticked() -> ResponseReturnValue:
    """Hold or release the ticked deliveries; those in another state by now stay as they are."""
    form = request.form
    ids = _read_ticked(form.getlist("tick"))
    filters = read_filters(dict(parse_qsl(form.get("query", "")[:2000])))
    releases = form.get("act") == "release"
    act = release_many if releases else hold_many
    why = form.get("why", "")
    try:
        if not ids:
            raise InvalidInput({"why": Problem(DeliveryProblem.NONE_TICKED)})
        done = act(ids, get_actor(), why, find_scope(Permission.DELIVERIES_DECIDE))
    except InvalidInput as refused:
        return _show(filters, ticked=Ticked(describe_fields(refused)["why"], why, ids)), 422
    left = len(ids) - len(done)
    rest = f" Not changed, because their state has changed: {left}." if left else ""
    flash(f"{'Released' if releases else 'Held'}: {len(done)}.{rest}")
    query: dict[str, Any] = dict(filters.as_query())
    return redirect(url_for("staff.list_all", **query), 303)


@blueprint.post("/views")
@requires_somewhere(Permission.DELIVERIES_READ)
def save_filters() -> ResponseReturnValue:
    """Keep the filters of a list under a name."""
    filters = read_filters(dict(parse_qsl(request.form.get("query", "")[:2000])))
    name = request.form.get("name", "")
    try:
        save_view(current_user.id, name, urlencode(filters.as_query()))
    except InvalidInput as refused:
        return _show(filters, describe_fields(refused)["name"], name), refused.status
    except UserError as refused:
        return _show(filters, describe_error(refused), name), 409
    flash("The view is saved.")
    query: dict[str, Any] = dict(filters.as_query())
    return redirect(url_for("staff.list_all", **query), 303)


@blueprint.post(f"/views/<int(max={LARGEST_ID}):view_id>/delete")
@requires_somewhere(Permission.DELIVERIES_READ)
def forget_filters(view_id: int) -> ResponseReturnValue:
    """Delete a view of one's own."""
    if not forget_view(current_user.id, view_id):
        raise NotFound(DeliveryProblem.VIEW_UNKNOWN)
    flash("The view is deleted.")
    return redirect(url_for("staff.list_all"), 303)


def _read_ticked(said: list[str]) -> frozenset[int]:
    """Return the ids among what was ticked, at most a page of them."""
    numbers = (read_whole(one, LARGEST_ID) for one in said[:PAGE_ROWS])
    return frozenset(number for number in numbers if number is not None)


def _show(filters: Filters, wrong: str = "", typed: str = "", ticked: Ticked = NOTHING) -> str:
    return render_template(
        "staff/deliveries.html",
        LABELS=LABELS,
        CHANNELS=list(CHANNELS),
        people=_list_people(),
        views=[
            (view, read_filters(dict(parse_qsl(view.query))).as_query())
            for view in list_views(current_user.id)
        ],
        wrong=wrong,
        typed=typed,
        query=urlencode(filters.as_query()),
        lane=read_letter_mailing(db.session()),
        describe_cause=describe_cause,
        **_gather(filters, ticked),
    )


def _gather(filters: Filters, ticked: Ticked = NOTHING) -> dict[str, Any]:
    """Return what the list shows."""
    scope = find_scope(Permission.DELIVERIES_READ)
    wanted = filters.ask(current_user.id, scope)
    page = list_deliveries(wanted, filters.after)
    counts = count_by_state(scope)
    campaigns = _list_campaigns(scope)
    return {
        "filters": filters,
        "page": page,
        "matching": count_matching(wanted) if filters.after is None else None,
        "holders": name_holders(page.rows),
        "counts": counts,
        "needed": sum(counts[state] for state in NEEDS_A_PERSON),
        "needed_states": NEEDS_A_PERSON,
        "NEEDED": NEEDED,
        "campaigns": campaigns,
        "explain_hold": explain_hold,
        "describe_next": NEXT,
        "describe_age": describe_age,
        "now": utcnow(),
        "ticked": ticked,
        "tickable": _find_tickable(page.rows),
    }


def _find_tickable(rows: list[DeliveryRow]) -> set[int]:
    """Return the deliveries of a page that this account may hold or release now."""
    scope = find_scope(Permission.DELIVERIES_DECIDE)
    return {
        row.id
        for row in rows
        if (scope is None or row.campaign_id in scope)
        and (can_hold(row.state) or can_release(row.state, row.reason))
    }


def _ask(filters: Filters) -> Any:
    return filters.ask(current_user.id, find_scope(Permission.DELIVERIES_READ))


def _list_campaigns(scope: frozenset[int] | None) -> list[Any]:
    query = select(Campaign.slug, Campaign.title).order_by(Campaign.id)
    if scope is not None:
        query = query.where(Campaign.id.in_(scope))
    return list(db.session.execute(query))


def _list_people() -> list[Any]:
    """Return staff as the filter by person offers them: the number and address of each.

    - Only who acted last on a delivery that this account may read: it learns no other address.
    """
    acted = select(DeliveryIndex.acted_by).where(DeliveryIndex.acted_by.startswith(STAFF))
    scope = find_scope(Permission.DELIVERIES_READ)
    if scope is not None:
        acted = acted.where(DeliveryIndex.campaign_id.in_(scope))
    numbers = [name.removeprefix(STAFF) for name in db.session.scalars(acted.distinct()) if name]
    ids = [int(number) for number in numbers if number.isdecimal()]
    query = select(User.id, User.email).where(User.id.in_(ids)).order_by(User.email)
    return list(db.session.execute(query.limit(MOST_PEOPLE)))
