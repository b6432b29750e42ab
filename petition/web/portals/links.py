"""Links of e-mails to accounts: an invitation, and another password. A GET shows, a POST acts."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from petition.accounts import invitations, password_resets
from petition.accounts.account_problems import AccountProblem
from petition.accounts.invitation_list import read_invitation
from petition.core.errors import InvalidInput, Problem, TokenRefused
from petition.core.extensions import db
from petition.core.queues import Stage, wake
from petition.error_messages.description import describe_fields
from petition.models import User
from petition.web.portals.login_limits import limit_guesses
from petition.web.portals.portal import get_portal
from petition.web.portals.refusals import note_refused_link
from petition.web.portals.sign_in import go_on


def add_views(blueprint: Blueprint) -> None:
    """Add the views to a portal's blueprint."""
    both = ["GET", "POST"]
    blueprint.add_url_rule("/invitation/<token>", view_func=open_invitation, methods=both)
    blueprint.add_url_rule("/reset", view_func=ask_reset, methods=both)
    blueprint.add_url_rule("/reset/<token>", view_func=choose_password, methods=both)


def open_invitation(token: str) -> ResponseReturnValue:
    """Show an invitation, or accept it with a password; an account that exists keeps its own."""
    portal = get_portal()
    try:
        found = read_invitation(token, portal.name)
        if request.method != "POST":
            return render_template("account/invitation.html", found=found, wrong={})
        if found.has_account:
            invitations.accept(token, portal.name, "")
            flash("The role is yours. Sign in with your password.")
            return redirect(url_for(f"{portal.name}.sign_in"), 303)
        try:
            user_id, _ = invitations.accept(token, portal.name, _read_new_password())
        except InvalidInput as error:
            wrong = describe_fields(error)
            return render_template("account/invitation.html", found=found, wrong=wrong), 422
    except TokenRefused:
        return _refuse()
    return go_on(db.session.get_one(User, user_id), "")


def ask_reset() -> ResponseReturnValue:
    """Ask for a link to another password; the answer is the same for every address."""
    asked = request.method == "POST"
    if asked:
        limit_guesses()
        password_resets.ask_reset(request.form.get("email", ""), get_portal().name)
        wake(Stage.MAIL)
    return render_template("account/reset.html", asked=asked)


def choose_password(token: str) -> ResponseReturnValue:
    """Show the form for another password, or set it; whoever did signs in with it afterwards."""
    portal = get_portal()

    def act() -> ResponseReturnValue:
        email = password_resets.read_reset(token, portal.name).email
        if request.method != "POST":
            return render_template("account/new_password.html", email=email, wrong={})
        try:
            password_resets.reset_password(token, portal.name, _read_new_password())
        except InvalidInput as error:
            wrong = describe_fields(error)
            return render_template("account/new_password.html", email=email, wrong=wrong), 422
        flash("Your password is changed. Sign in with it.")
        return redirect(url_for(f"{portal.name}.sign_in"), 303)

    return _try_link(act)


def _try_link(act: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    try:
        return act()
    except TokenRefused:
        return _refuse()


def _refuse() -> ResponseReturnValue:
    note_refused_link()
    return render_template("account/spent.html"), 404


def _read_new_password() -> str:
    """Return the password that was typed twice; raises InvalidInput if it differs."""
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        raise InvalidInput({"again": Problem(AccountProblem.REPEATED_OTHERWISE)})
    return password
