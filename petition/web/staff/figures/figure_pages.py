"""``/staff/figures``: signatures and letters over time, of all campaigns or of one."""

from collections.abc import Sequence
from typing import Any

from flask import Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import select

from petition.accounts.permissions import Permission, needs_second_factor
from petition.core.clock import utcnow
from petition.core.errors import NotFound
from petition.core.extensions import db
from petition.models import Campaign
from petition.models.slug_problems import SlugProblem
from petition.totals.district_totals import list_largest
from petition.totals.kept_totals import read_totals
from petition.web.portals.guards import allows
from petition.web.staff.figures.charts import HEIGHT, WIDTH
from petition.web.staff.figures.figure_tables import (
    FOLDED,
    PRECISIONS,
    SHOWN_DAYS,
    SHOWN_WEEKS,
    TABLES,
    Scope,
    draw,
    fold,
    write_csv,
    write_districts,
)
from petition.web.staff.pages import blueprint
from petition.web.staff.scopes import find_scope, requires_somewhere

MOST_DISTRICTS = 25
UNITS = ((86_400, "days"), (3600, "hours"), (60, "minutes"))


@blueprint.get("/figures")
@requires_somewhere(Permission.REPORTS_READ)
def show_figures() -> ResponseReturnValue:
    """Show the figures, with the charts of their latest days and weeks."""
    campaigns, chosen = _choose()
    campaign_id = chosen.id if chosen is not None else None
    kept = read_totals(campaign_id)
    tables = {name: make(Scope(campaign_id, kept.totals)) for name, make in TABLES.items()}
    return render_template(
        "staff/figures.html",
        campaigns=campaigns,
        chosen=chosen,
        sees_all=find_scope(Permission.REPORTS_READ) is None,
        counted_at=kept.counted_at,
        tables=tables,
        charts={name: draw(tables[name]) for name in ("days", "times", "bounces")},
        districts=list_largest(campaign_id, MOST_DISTRICTS),
        signatures=sum(kept.totals.precisions.values()),
        precisions=PRECISIONS,
        fold=fold if _folds() else None,
        FOLDED=FOLDED,
        describe_length=describe_length,
        size=(WIDTH, HEIGHT),
        SHOWN_DAYS=SHOWN_DAYS,
        SHOWN_WEEKS=SHOWN_WEEKS,
        may_see_service=allows(Permission.REPORTS_READ),
    )


@blueprint.get("/figures/<figure>.csv")
@requires_somewhere(Permission.REPORTS_READ)
def export_figures(figure: str) -> ResponseReturnValue:
    """Return a table as CSV; that of districts is written while it is read."""
    _, chosen = _choose()
    campaign_id = chosen.id if chosen is not None else None
    if figure == "districts":
        lines = stream_with_context(write_districts(campaign_id, folds=_folds()))
    elif figure in TABLES:
        table = TABLES[figure](Scope(campaign_id, read_totals(campaign_id).totals))
        lines = write_csv(table.columns, table.rows)
    else:
        raise NotFound(SlugProblem.CAMPAIGN_UNKNOWN, slug=figure)
    response = Response(lines, content_type="text/csv")
    of = f"-{chosen.slug}" if chosen is not None else ""
    filename = f"{figure}{of}-{utcnow():%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def describe_length(seconds: float) -> str:
    """Return a duration in its largest unit of which there are at least two."""
    for size, unit in UNITS:
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:,.0f} second{'' if round(seconds) == 1 else 's'}"


def _folds() -> bool:
    """Return whether small counts are folded: for accounts that need no second factor."""
    return not needs_second_factor([grant.role for grant in current_user.roles])


def _choose() -> tuple[Sequence[Any], Any]:
    """Return the campaigns that the account may read about, and the chosen one; None: all.

    - A role for some campaigns reads about one at a time. Raises NotFound for any other.
    """
    scope = find_scope(Permission.REPORTS_READ)
    query = select(Campaign.id, Campaign.slug, Campaign.title).order_by(Campaign.id)
    if scope is not None:
        query = query.where(Campaign.id.in_(scope))
    campaigns = db.session.execute(query).all()
    wanted = request.args.get("campaign", "")
    if not wanted:
        return campaigns, campaigns[0] if scope is not None else None
    for one in campaigns:
        if one.slug == wanted:
            return campaigns, one
    raise NotFound(SlugProblem.CAMPAIGN_UNKNOWN, slug=wanted)
