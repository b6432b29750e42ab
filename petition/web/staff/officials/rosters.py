"""Rosters in the browser: upload, what an import would change, and the import of exactly that."""

from typing import Any

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from petition.accounts.permissions import Permission
from petition.bulk.rosters.roster_check import hash_report
from petition.bulk.rosters.roster_options import load_options, read_options
from petition.bulk.rosters.roster_problems import RosterProblem
from petition.bulk.rosters.roster_receipt import (
    LARGEST_ROSTER,
    ReportChanged,
    check_again,
    get_roster,
    import_kept,
    list_rosters,
    receive_roster,
)
from petition.core.columns import LARGEST_ID
from petition.core.errors import InvalidInput, NotFound, Problem, UserError
from petition.delivery.held_deliveries import release_held
from petition.error_messages.description import describe_error, describe_fields
from petition.officials.corrections.roster_comparison import show_value
from petition.postal.us_states import BY_CODE
from petition.web.forms import allow_long_form
from petition.web.portals.guards import allows, get_actor, requires, requires_recent
from petition.web.staff.officials.post_page import tell_released
from petition.web.staff.pages import blueprint

ONE = f"/officials/rosters/<int(max={LARGEST_ID}):roster_id>"
# Bytes of a form beside its file. werkzeug counts the part of the file that it has in memory too.
BESIDE = 64 * 1024
IN_MEMORY = 512 * 1024
MOST_NAMES = 500
# The lists of a report, and their headings; the first are what an import changes.
LISTS = {
    "former": "No longer in office: their term ends",
    "vacant": "Seats without a holder, in the chambers of this roster",
    "ended": "Seats whose holder's term has ended",
    "notes": "Cells that were corrected, or read as empty",
    "left_out": "Left out by name",
    "skipped": "Left out, because no district matches",
    "unnamed": "Labels to leave out that match no seat",
    "fleeting": "Seats that a public roster names too, whose next import will undo this",
    "undone": "Seats entered by hand that this roster takes back",
}


def init_app(app: Flask) -> None:
    """Let staff who may import send longer forms to these pages, before any form is read."""
    allow_long_form(
        app,
        "staff.upload_roster",
        lambda: allows(Permission.OFFICIALS_EDIT),
        body=LARGEST_ROSTER + BESIDE,
        texts=IN_MEMORY,
    )


@blueprint.get("/officials/rosters")
@requires(Permission.OFFICIALS_EDIT)
def show_rosters() -> ResponseReturnValue:
    """Show the form, and the latest rosters."""
    return _show_all({})


@blueprint.post("/officials/rosters")
@requires(Permission.OFFICIALS_EDIT)
def upload_roster() -> ResponseReturnValue:
    """Keep a file, and lead to what its import would change."""
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise InvalidInput({"file": Problem(RosterProblem.FILE_MISSING)})
        options = read_options(request.form)
        number = receive_roster(current_user.id, sent.filename, sent.stream, options)
    except InvalidInput as refused:
        return _show_all(describe_fields(refused)), refused.status
    return redirect(url_for("staff.show_roster", roster_id=number), 303)


@blueprint.get(ONE)
@requires(Permission.OFFICIALS_EDIT)
def show_roster(roster_id: int) -> ResponseReturnValue:
    """Show what the import of a roster would change, or has changed."""
    return _show(roster_id)


@blueprint.post(f"{ONE}/check")
@requires(Permission.OFFICIALS_EDIT)
def check_roster_again(roster_id: int) -> ResponseReturnValue:
    """Look through a roster again, with other options."""
    try:
        check_again(roster_id, read_options(request.form))
    except NotFound:
        raise
    except UserError as refused:
        return _show(roster_id, describe_error(refused)), 409
    return redirect(url_for("staff.show_roster", roster_id=roster_id), 303)


@blueprint.post(f"{ONE}/import")
@requires(Permission.OFFICIALS_EDIT)
@requires_recent
def import_roster_now(roster_id: int) -> ResponseReturnValue:
    """Import a roster if that changes exactly what was shown."""
    try:
        import_kept(roster_id, request.form.get("seen", ""), actor=get_actor())
    except NotFound:
        raise
    except (ReportChanged, UserError) as refused:
        return _show(roster_id, describe_error(refused)), 409
    flash(f"Imported. {tell_released(release_held())}")
    return redirect(url_for("staff.show_roster", roster_id=roster_id), 303)


def _show_all(wrong: dict[str, str]) -> str:
    return render_template(
        "staff/officials/rosters.html",
        rosters=list_rosters(),
        wrong=wrong,
        options=read_options(request.form),
        states=BY_CODE.values(),
        most=LARGEST_ROSTER // 1_000_000,
    )


def _show(roster_id: int, wrong: str = "") -> str:
    roster = get_roster(roster_id)
    return render_template(
        "staff/officials/roster.html",
        roster=roster,
        report=roster.report,
        seen=hash_report(roster.report),
        lists=_list_names(roster.report or {}),
        corrections=_describe_corrections(roster.report or {}),
        options=load_options(roster.options),
        states=BY_CODE.values(),
        wrong=wrong,
    )


def _list_names(report: dict[str, Any]) -> list[tuple[str, int, list[str]]]:
    """Return the heading, the number and the first names of each list of a report."""
    return [
        (heading, len(report[name]), report[name][:MOST_NAMES])
        for name, heading in LISTS.items()
        if report.get(name)
    ]


def _describe_corrections(report: dict[str, Any]) -> list[str]:
    """Return the corrections that differ from the roster, a line for each."""
    return [
        f"{one['post']}, {one['field']}: {show_value(one['value'])} by hand ({one['because']});"
        f" the roster says {show_value(one['roster_says'])}"
        for one in report.get("corrections", [])
        if one["agreement"] in ("stands", "changed")
    ]
