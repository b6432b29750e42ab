"""Signing in and out: the password, then the second factor where the account has or needs one.

- A wrong password, an unknown address, a closed account and an account of the other portal get the
  same response, after the same work; each is recorded.
- Signing in starts a new session, which prevents session fixation. Signing out ends the session in
  the database, which invalidates every copy of its cookie.
"""

from typing import cast

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_security.utils import login_user, logout_user

from petition.accounts import account_sessions
from petition.accounts.permissions import list_portals, needs_second_factor
from petition.accounts.second_factors import has_second_factor
from petition.core.extensions import db
from petition.models import User
from petition.web.portals.browser_names import name_browser
from petition.web.portals.guards import find_home, requires_sign_in
from petition.web.portals.login_limits import limit_guesses, read_email
from petition.web.portals.portal import Portal, get_portal
from petition.web.portals.refusals import note_failed_sign_in
from petition.web.portals.security import SignInForm
from petition.web.portals.session_checks import TOKEN, begin_pending, get_session


def add_views(blueprint: Blueprint) -> None:
    """Add the views to a portal's blueprint."""
    blueprint.add_url_rule("/login", view_func=sign_in, methods=["GET", "POST"])
    blueprint.add_url_rule("/logout", view_func=sign_out, methods=["POST"])


def sign_in() -> ResponseReturnValue:
    """Show the form; check the password, and sign in or ask for the next step."""
    portal = get_portal()
    if request.method == "POST":
        limit_guesses()
    elif current_user.is_authenticated:
        return redirect(url_for(portal.home))
    form = SignInForm()
    if request.method == "POST":
        user = cast(User | None, form.user) if form.validate() else None
        if user is not None and portal.name in list_portals([one.role for one in user.roles]):
            db.session.commit()  # a password hash that was upgraded to the current parameters
            return go_on(user, form.next.data or "")
        form.password.errors = [form.password.errors[0]] if form.password.errors else []
        note_failed_sign_in(read_email())
    elif not portal.is_local(form.next.data or ""):
        form.next.data = ""
    return render_template(
        "account/sign_in.html", form=form, refused=request.method == "POST", portal=portal
    )


def go_on(user: User, target: str) -> ResponseReturnValue:
    """Go on after the right password: to the code, to setting a second factor up, or in."""
    portal = get_portal()
    if has_second_factor(user.id):
        begin_pending(user, target)
        return redirect(url_for(f"{portal.name}.check_code"))
    if needs_second_factor([one.role for one in user.roles]):
        begin_pending(user, target)
        return redirect(url_for(f"{portal.name}.set_up_factor"))
    complete(user, ["password"])
    return redirect(choose_target(portal, target))


def complete(user: User, proofs: list[str]) -> None:
    """Sign in: a new session with a row of its own; raises what prevents its row."""
    session.clear()
    token = account_sessions.open_session(
        user.id, get_portal().name, name_browser(request.user_agent.string), request.remote_addr
    )
    login_user(user, remember=False, authn_via=proofs)
    session[TOKEN] = token


def choose_target(portal: Portal, target: str) -> str:
    """Return the address to go to after a sign-in: one of the portal's own pages."""
    return target if portal.is_local(target) else url_for(find_home())


@requires_sign_in
def sign_out() -> ResponseReturnValue:
    """End the session."""
    portal = get_portal()
    account_sessions.close_session(current_user.id, get_session().id, portal.name)
    logout_user()
    session.clear()
    return redirect(url_for(f"{portal.name}.sign_in"))
