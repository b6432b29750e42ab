"""``/staff/demo/<token>``: the one-time link that opens the demonstration's staff pages.

Not in the wheel. Only ``petition up --demo`` has this page, and only this machine can open it, as
the mails (petition/web/demo_mail.py). A GET shows a button, a POST uses the link.
"""

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_security.utils import logout_user

from petition.demo.loopback import is_alone
from petition.demo.staff_link import is_open, spend
from petition.web.demo_access import refuse_others
from petition.web.portals.guards import find_home
from petition.web.portals.refusals import note_refused_link
from petition.web.portals.sign_in import complete


def add_page(app: Flask) -> bool:
    """Register the page where nobody but this host can ask for it; return whether it is."""
    if not is_alone(app.extensions["hundredth"]):
        return False
    # With an endpoint of the staff's blueprint: its session, its headers and its errors.
    app.add_url_rule(
        "/staff/demo/<token>",
        endpoint="staff.open_demonstration",
        view_func=open_demonstration,
        methods=["GET", "POST"],
    )
    return True


def open_demonstration(token: str) -> ResponseReturnValue:
    """Show the button, or sign in as the demonstration's admin."""
    refuse_others()
    if request.method != "POST":
        if is_open(token):
            return render_template("demo/staff_link.html")
        return _refuse()
    user = spend(token)
    if user is None:
        return _refuse()
    if current_user.is_authenticated:
        logout_user()
    complete(user, ["demonstration"])
    return redirect(url_for(find_home()), 303)


def _refuse() -> ResponseReturnValue:
    note_refused_link()
    return render_template("demo/staff_spent.html"), 404
