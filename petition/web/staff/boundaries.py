"""The page of boundary sets: which are in force, what a new one changes, and the next command."""

from flask import render_template
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.postal.us_states import BY_CODE
from petition.redistricting.set_overview import SetStatus, SetView, read_overview
from petition.web.portals.guards import requires
from petition.web.staff.pages import blueprint


@blueprint.get("/boundaries")
@requires(Permission.BOUNDARIES_READ)
def list_boundaries() -> ResponseReturnValue:
    """Show each boundary set, by layer and scope."""
    return render_template(
        "staff/boundaries.html",
        overview=read_overview(),
        name_scope=_name_scope,
        find_command=find_command,
    )


def find_command(shown: SetView) -> str | None:
    """Return the next command for a set; None where there is none.

    - A set is activated only after its dry run; one that was in force may be activated again.
    """
    if shown.is_postal or shown.standing in (SetStatus.IN_FORCE, SetStatus.APPROVED):
        return None
    command = f"petition districts activate {shown.id}"
    compared = shown.compared is not None and shown.standing is SetStatus.LOADED
    return command if compared else f"{command} --dry-run"


def _name_scope(scope: str) -> str:
    state = BY_CODE.get(scope.upper())
    return state.name if state else "the United States"
