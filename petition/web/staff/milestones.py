"""Held hundreds: the list for all staff, and the decisions on one.

- No signer is named: evidence is shown in numbers.
- A decision is a POST with the form's CSRF token, requires a reason, and applies to exactly the
  list of people that the page showed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from babel.dates import format_timedelta
from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.core.columns import LARGEST_ID
from petition.core.errors import InvalidInput, NotFound, Problem, UserError
from petition.counting.arrivals import count_arrivals
from petition.counting.evidence import HeldBecause
from petition.counting.milestone_list import (
    PAGE,
    count_held,
    get_hundred,
    list_hundreds,
    read_diary,
)
from petition.counting.verdicts import DecidedMilestone, invalidate, put_back, release
from petition.error_messages.description import describe_error, describe_fields
from petition.error_messages.staff_messages import StaffProblem
from petition.models import MilestoneState
from petition.validation.whole_numbers import read_whole
from petition.web.portals.guards import get_actor, requires_recent
from petition.web.staff.actor_names import name_actors
from petition.web.staff.deliveries.timeline import write_diary
from petition.web.staff.figures.charts import HEIGHT, WIDTH, Chart, draw_bars
from petition.web.staff.findings import SHORT, WORDS, describe_findings, describe_reasons
from petition.web.staff.pages import blueprint
from petition.web.staff.scopes import (
    find_scope,
    requires_for_milestone,
    requires_somewhere,
)

ONE = f"/milestones/<int(max={LARGEST_ID}):milestone_id>"


@blueprint.get("/milestones")
@requires_somewhere(Permission.MILESTONES_READ)
def list_milestones() -> ResponseReturnValue:
    """Show the held hundreds, or those of another state, oldest first."""
    chosen = request.args.get("state", MilestoneState.HELD.value)
    state = MilestoneState(chosen) if chosen in list(MilestoneState) else None
    after = read_whole(request.args.get("after", ""), LARGEST_ID) or 0
    scope = find_scope(Permission.MILESTONES_READ)
    found = list_hundreds(state, None, after, PAGE + 1, scope)
    return render_template(
        "staff/milestones.html",
        hundreds=found[:PAGE],
        following=found[PAGE - 1].id if len(found) > PAGE else None,
        state=state,
        states=list(MilestoneState),
        held=count_held(scope),
        after=after,
        describe_reasons=describe_reasons,
    )


@blueprint.get(ONE)
@requires_for_milestone(Permission.MILESTONES_READ)
def show_milestone(milestone_id: int) -> ResponseReturnValue:
    """Show the evidence about a hundred, and the possible decisions."""
    return _show(milestone_id)


@blueprint.post(f"{ONE}/release")
@requires_for_milestone(Permission.MILESTONES_DECIDE)
@requires_recent
def release_milestone(milestone_id: int) -> ResponseReturnValue:
    """Release it, with the people that the page showed."""
    seen = request.form.get("list", "")

    def act(why: str) -> DecidedMilestone:
        return release(milestone_id, why, get_actor(), seen)

    return _decide(milestone_id, "release", act)


@blueprint.post(f"{ONE}/invalidate")
@requires_for_milestone(Permission.MILESTONES_DECIDE)
def invalidate_milestone(milestone_id: int) -> ResponseReturnValue:
    """Reject its signatures as forged; requires the confirmation checkbox."""
    only = request.form.get("only", "")

    def act(why: str) -> DecidedMilestone:
        if not request.form.get("sure"):
            raise InvalidInput({"sure": Problem(StaffProblem.MILESTONE_NOT_SURE)})
        if only and only not in [look.value for look in WORDS]:
            raise InvalidInput({"only": Problem(StaffProblem.EVIDENCE_MISSING)})
        return invalidate(milestone_id, why, get_actor(), HeldBecause(only) if only else None)

    return _decide(milestone_id, "invalidate", act)


@blueprint.post(f"{ONE}/restore")
@requires_for_milestone(Permission.MILESTONES_DECIDE)
def restore_milestone(milestone_id: int) -> ResponseReturnValue:
    """Restore the signatures that were rejected with it."""
    return _decide(milestone_id, "restore", lambda why: put_back(milestone_id, why, get_actor()))


def _decide(
    milestone_id: int, action: str, act: Callable[[str], DecidedMilestone]
) -> ResponseReturnValue:
    try:
        decided = act(request.form.get("why", ""))
    except NotFound:
        raise
    except InvalidInput as refused:
        return _show(milestone_id, action, describe_fields(refused), refused.status)
    except UserError as refused:
        return _show(milestone_id, action, {"": describe_error(refused)}, 409)
    flash(_tell(milestone_id, action, decided))
    return redirect(url_for("staff.show_milestone", milestone_id=milestone_id), 303)


def _tell(milestone_id: int, action: str, decided: DecidedMilestone) -> str:
    number = decided.signatures
    signatures = "1 signature is" if number == 1 else f"{number:,} signatures are"
    if action == "restore":
        return f"{signatures} confirmed again and will be counted."
    if action == "invalidate":
        return f"{signatures} rejected as forged. You can undo this for 30 days."
    if milestone_id in decided.milestones:
        return "Released. Its letter is being made."
    return "Released. It still waits for an earlier hundred of its district."


def _show(
    milestone_id: int,
    action: str = "",
    problems: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    hundred, events = get_hundred(milestone_id), read_diary(milestone_id)
    page = render_template(
        "staff/milestone.html",
        hundred=hundred,
        findings=describe_findings(hundred.evidence),
        reasons=describe_reasons(hundred.reasons),
        looks={look.value: SHORT[look] for look in WORDS},
        arrivals=_draw_arrivals(milestone_id),
        diary=write_diary(events, name_actors(event.actor for event in events)),
        action=action,
        problems=problems or {},
        typed=request.form,
    )
    return make_response(page, status)


@dataclass(frozen=True, slots=True)
class ArrivalChart:
    """When the people of a hundred came: the drawing, and the same as rows of a table.

    - ``length``: of a bar, in words. ``rows``: when each begins, and how many came.
    """

    chart: Chart
    length: str
    rows: list[tuple[str, int]]
    size: tuple[int, int] = (WIDTH, HEIGHT)


def _draw_arrivals(milestone_id: int) -> ArrivalChart | None:
    found = count_arrivals(milestone_id)
    if found is None:
        return None
    labels = [f"{begin:%Y-%m-%d %H:%M}" for begin in found.begins]
    length = format_timedelta(found.length, locale="en")
    rows = [(label, people) for label, people in zip(labels, found.people, strict=True) if people]
    return ArrivalChart(draw_bars(labels, found.people), length, rows)
