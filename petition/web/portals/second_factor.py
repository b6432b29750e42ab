"""The second step of a sign-in: a code of the app, a recovery code, or setting the app up."""

import io

import segno
from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from petition.accounts import second_factors
from petition.core.errors import InvalidInput
from petition.error_messages.description import describe_fields
from petition.models import User
from petition.web.portals.login_limits import limit_guesses
from petition.web.portals.portal import get_portal
from petition.web.portals.refusals import note_wrong_code
from petition.web.portals.session_checks import is_recent, read_pending
from petition.web.portals.sign_in import choose_target, complete

LONGEST_TYPED = 64  # characters of a code
WRONG_CODE = "This code is wrong, or was used before. Codes change every 30 seconds."
WRONG_RECOVERY = "This is not one of your unused recovery codes."


def add_views(blueprint: Blueprint) -> None:
    """Add the views to a portal's blueprint."""
    both = ["GET", "POST"]
    blueprint.add_url_rule("/login/code", view_func=check_code, methods=both)
    blueprint.add_url_rule("/login/recovery", view_func=use_recovery, methods=both)
    blueprint.add_url_rule("/second-factor", view_func=set_up_factor, methods=both)
    blueprint.add_url_rule("/second-factor/qr.svg", view_func=draw_code)


def check_code() -> ResponseReturnValue:
    """Ask for a code of the app after the password."""
    return _second_step("account/code.html", WRONG_CODE, recovery=False)


def use_recovery() -> ResponseReturnValue:
    """Take a recovery code in place of one of the app."""
    return _second_step("account/recovery.html", WRONG_RECOVERY, recovery=True)


def set_up_factor() -> ResponseReturnValue:
    """Show the new app's QR code, and put it in force by its first code.

    - For who must have a second factor and has none, after the password; and for who is signed in
      and has entered it within the last minutes.
    """
    portal = get_portal()
    user, target = _find_setting_up()
    if user is None:
        wanted = url_for(f"{portal.name}.set_up_factor")
        step = "prove" if current_user.is_authenticated else "sign_in"
        return redirect(url_for(f"{portal.name}.{step}", next=wanted))
    wrong = ""
    if request.method == "POST":
        limit_guesses(user.email)
        actor = f"{portal.name}:{user.id}"
        try:
            codes = second_factors.confirm_factor(user.id, _read_code(), actor=actor)
        except InvalidInput as error:
            wrong = describe_fields(error)["code"]
        else:
            if not current_user.is_authenticated:
                complete(user, ["password", "authenticator"])
            onward = choose_target(portal, target)
            return render_template("account/codes.html", codes=codes, onward=onward, portal=portal)
    factor = second_factors.begin_factor(user.id, user.email)
    page = render_template(
        "account/set_up.html", factor=factor, wrong=wrong, forced=not current_user.is_authenticated
    )
    return page, 422 if wrong else 200


def draw_code() -> ResponseReturnValue:
    """Return the QR code of the app that is being set up, as a picture of our own host."""
    user, _ = _find_setting_up()
    if user is None:
        return redirect(url_for(f"{get_portal().name}.sign_in"))
    factor = second_factors.begin_factor(user.id, user.email)
    drawn = io.BytesIO()
    segno.make(factor.uri, error="m", micro=False).save(
        drawn, kind="svg", scale=5, border=4, light="#ffffff", xmldecl=False
    )
    return Response(drawn.getvalue(), content_type="image/svg+xml")


def _second_step(template: str, wrong: str, *, recovery: bool) -> ResponseReturnValue:
    portal = get_portal()
    pending = read_pending()
    if pending is None or not second_factors.has_second_factor(pending.user.id):
        return redirect(url_for(f"{portal.name}.sign_in"))
    if request.method != "POST":
        return render_template(template, wrong="")
    user = pending.user
    limit_guesses(user.email)
    if recovery:
        passed = second_factors.use_recovery_code(user.id, _read_code(), portal.name)
    else:
        passed = second_factors.use_code(user.id, _read_code())
    if not passed:
        note_wrong_code(user.id)
        return render_template(template, wrong=wrong), 422
    complete(user, ["password", "recovery" if recovery else "authenticator"])
    return redirect(choose_target(portal, pending.target))


def _find_setting_up() -> tuple[User | None, str]:
    """Return who may set a second factor up now, and where to go after it."""
    if current_user.is_authenticated:
        account = url_for(f"{get_portal().name}.show_account")
        return (current_user._get_current_object(), account) if is_recent() else (None, "")
    pending = read_pending()
    if pending is None or second_factors.has_second_factor(pending.user.id):
        return None, ""
    return pending.user, pending.target


def _read_code() -> str:
    return request.form.get("code", "")[:LONGEST_TYPED]
