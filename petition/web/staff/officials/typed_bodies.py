"""Adds a body that no file has: its division and posts are typed, and go the way of a roster."""

from io import BytesIO

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from petition.accounts.permissions import Permission
from petition.bulk.rosters.roster_options import PARTIAL, RosterOptions
from petition.bulk.rosters.roster_receipt import receive_roster
from petition.bulk.rosters.typed_body import COLUMNS, MOST_ROWS, read_typed
from petition.core.clock import utcnow
from petition.core.errors import ImportRefused, InvalidInput
from petition.error_messages.description import describe_fields
from petition.models import PostRole
from petition.web.portals.guards import requires
from petition.web.staff.pages import blueprint
from petition.web.staff.typed_source import read_source

SHOWN_ROWS = 5
ROLES = {
    PostRole.BOARD: "board, addressed as a body",
    PostRole.COUNCIL: "council, addressed as a body",
    PostRole.MAYOR: "mayor",
    PostRole.UPPER: "state senator",
    PostRole.LOWER: "state representative",
    PostRole.LEGISLATURE: "member of the only chamber",
    PostRole.GOVERNOR: "governor",
    PostRole.US_REPRESENTATIVE: "U.S. representative",
    PostRole.US_SENATOR: "U.S. senator",
}


@blueprint.get("/officials/bodies/new")
@requires(Permission.OFFICIALS_EDIT)
def type_body() -> ResponseReturnValue:
    """Show the form; a link may name the division."""
    return _show({})


@blueprint.post("/officials/bodies/new")
@requires(Permission.OFFICIALS_EDIT)
def add_body() -> ResponseReturnValue:
    """Keep what was typed as a roster, and lead to what its import would change."""
    try:
        source = read_source()
        content = BytesIO(read_typed(request.form).write())
        name = f"{source.replace('/', ' ').replace('.', ' ')}.csv"
        options = RosterOptions(mode="" if request.form.get("mode") == "" else PARTIAL)
        number = receive_roster(current_user.id, name, content, options, keep_refused=False)
    except InvalidInput as refused:
        return _show(describe_fields(refused)), refused.status
    except ImportRefused as refused:
        return _show({"all": str(refused)}), 400
    return redirect(url_for("staff.show_roster", roster_id=number), 303)


def _show(wrong: dict[str, str]) -> str:
    typed = request.form or request.args
    rows = [n for n in range(1, MOST_ROWS + 1) if any(typed.get(f"{c}-{n}") for c in COLUMNS)]
    return render_template(
        "staff/officials/body.html",
        typed=typed,
        wrong=wrong,
        rows=max([*rows, SHOWN_ROWS]),
        ROLES=ROLES,
        today=utcnow().date().isoformat(),
    )
