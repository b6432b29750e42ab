"""One's own account: password, second factor, recovery codes, and the list of one's sessions."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_security.utils import logout_user

from petition.accounts import account_sessions, password_resets, second_factors
from petition.accounts.account_problems import AccountProblem
from petition.attention.attention_digests import gets_digest
from petition.core.columns import LARGEST_BIG_ID
from petition.core.errors import InvalidInput, Problem
from petition.core.extensions import get_settings
from petition.error_messages.description import describe_fields
from petition.validation.whole_numbers import read_whole
from petition.web.portals.guards import get_actor, requires_recent, requires_sign_in
from petition.web.portals.login_limits import limit_guesses
from petition.web.portals.portal import get_portal
from petition.web.portals.refusals import note_wrong_proof
from petition.web.portals.session_checks import get_session
from petition.web.portals.sign_in import choose_target

LONGEST_TYPED = 200
SEND_AGAIN = "Thank you. Nothing was done yet: send the form again."
WRONG_PROOF = "This is neither your password nor a code that works now."


def add_views(blueprint: Blueprint) -> None:
    """Add the views to a portal's blueprint."""
    blueprint.add_url_rule("/account", view_func=show_account)
    blueprint.add_url_rule("/account/password", view_func=change_password, methods=["POST"])
    blueprint.add_url_rule("/account/sessions", view_func=end_session, methods=["POST"])
    blueprint.add_url_rule("/account/codes", view_func=renew_codes, methods=["POST"])
    blueprint.add_url_rule("/prove", view_func=prove, methods=["GET", "POST"])


@requires_sign_in
def show_account() -> ResponseReturnValue:
    """Show the account."""
    return _show({})


@requires_sign_in
def change_password() -> ResponseReturnValue:
    """Set another password; every session ends, this one too."""
    portal = get_portal()
    limit_guesses(current_user.email)
    known, password = request.form.get("known", ""), request.form.get("password", "")
    try:
        if password != request.form.get("again", ""):
            raise InvalidInput({"again": Problem(AccountProblem.REPEATED_OTHERWISE)})
        password_resets.change_password(current_user.id, known, password, portal.name)
    except InvalidInput as error:
        if "known" in error.problems:
            note_wrong_proof(current_user.id)
        return _show(describe_fields(error)), 422
    logout_user()
    session.clear()
    flash("Your password is changed, and all sessions are ended. Sign in with it.")
    return redirect(url_for(f"{portal.name}.sign_in"), 303)


@requires_sign_in
def end_session() -> ResponseReturnValue:
    """End one of one's other sessions, or all of them; it needs no recent proof: it only closes."""
    portal, which = get_portal(), request.form.get("session", "")
    if which == "others":
        account_sessions.revoke_others(current_user.id, get_session().id, portal.name)
        flash("All other sessions are ended.")
    elif (number := read_whole(which, LARGEST_BIG_ID)) is not None:
        if account_sessions.revoke_session(current_user.id, number, portal.name):
            flash("The session is ended.")
    return redirect(url_for(f"{portal.name}.show_account"), 303)


@requires_sign_in
@requires_recent
def renew_codes() -> ResponseReturnValue:
    """Make new recovery codes and show them once."""
    portal = get_portal()
    codes = second_factors.renew_recovery_codes(current_user.id, actor=get_actor())
    onward = url_for(f"{portal.name}.show_account")
    return render_template("account/codes.html", codes=codes, onward=onward, portal=portal)


@requires_sign_in
def prove() -> ResponseReturnValue:
    """Ask for the password or a code again, before what needs a recent one."""
    portal = get_portal()
    target, is_again = request.values.get("next", ""), request.values.get("again") == "1"
    shown = {"target": target, "is_again": is_again}
    if request.method != "POST":
        return render_template("account/prove.html", **shown, wrong="")
    user = current_user._get_current_object()
    limit_guesses(user.email)
    typed = request.form.get("proof", "")[:LONGEST_TYPED]
    session_id = get_session().id
    if not (password_resets.check_password(user, typed) or second_factors.use_code(user.id, typed)):
        note_wrong_proof(user.id)
        page = render_template("account/prove.html", **shown, wrong=WRONG_PROOF)
        return page, 422
    account_sessions.note_proof(session_id)
    if is_again:
        flash(SEND_AGAIN)
    fallback = url_for(f"{portal.name}.show_account")
    return redirect(choose_target(portal, target) if target else fallback, 303)


def _show(wrong: dict[str, str]) -> str:
    user_id = current_user.id
    return render_template(
        "account/account.html",
        has_factor=second_factors.has_second_factor(user_id),
        codes_left=second_factors.count_recovery_codes(user_id),
        sessions=account_sessions.list_sessions(user_id),
        this_session=get_session().id,
        gets_digest=gets_digest(user_id),
        digest_hour=get_settings().digest_hour,
        wrong=wrong,
    )
