"""Signing in and out: Flask-Security, reduced to a password form and sign-out.

- The cookie is limited to the portal's paths, is HttpOnly, and Secure if the service has HTTPS. The
  session expires 12 hours after the sign-in, whatever its use.
- Forms are accepted from our own pages only: they contain a CSRF token, and requests that a browser
  marks as cross-site are refused before.
- Signing in starts a new session, which prevents session fixation. Signing out invalidates every
  copy of the cookie (see petition.accounts.staff_accounts.end_sessions).
- A wrong password, an unknown address and a closed account get the same response; each is recorded.
"""

import re
import time
from datetime import timedelta
from functools import wraps
from typing import Any, cast

from flask import (
    Flask,
    Response,
    redirect,
    request,
    session,
    url_for,
)
from flask_login.utils import _user_context_processor  # type: ignore[import-untyped]
from flask_security import LoginForm, SQLAlchemyUserDatastore, current_user
from flask_security.forms import IsString, email_required
from flask_security.signals import user_authenticated
from wtforms import EmailField, Field, ValidationError

from petition.accounts import staff_accounts
from petition.core.extensions import db, get_settings, security
from petition.core.settings import Settings
from petition.models import Role, User
from petition.web.origin import refuse_cross_site
from petition.web.staff.login_limits import init_guesses, limit_guesses, read_email
from petition.web.staff.refusals import init_refusals, note_failed_sign_in
from petition.web.staff.sessions import PORTAL, PortalSessions

SESSION_LIFE = timedelta(hours=12)
SESSION_SECONDS = SESSION_LIFE.total_seconds()
# OWASP's parameters for argon2id: the web processes that verify passwords also store signatures,
# one at a time, so a sign-in must not block one for long.
PASSWORD_COSTS = {
    "argon2__memory_cost": 19 * 1024,  # KiB
    "argon2__time_cost": 2,
    "argon2__parallelism": 1,
}
# The pages to which a sign-in may redirect: paths of the portal without escapes.
LOCAL_PAGE = re.compile(rf"{PORTAL}(/[A-Za-z0-9_./-]*)?(\?[A-Za-z0-9_.~%&=+:,-]*)?")


class SignInForm(LoginForm):
    """The sign-in form without the check for deliverable addresses: nothing is mailed to them."""

    email = EmailField("E-mail address", validators=[IsString(), email_required])
    remember = None  # type: ignore[assignment] # no cookie outlives the session

    def validate_email(self, field: Field) -> None:
        """Refuse what cannot be an account's address, since the database may refuse it as well."""
        if not staff_accounts.ADDRESS.fullmatch(field.data or ""):
            raise ValidationError

    def validate_password(self, field: Field) -> None:
        """Refuse what is longer than any password, for which the hash would raise an error."""
        if len(field.data or "") > staff_accounts.LONGEST_PASSWORD:
            raise ValidationError

    def validate_next(self, field: Field) -> None:
        """Drop a target outside the portal: such a link is an attempted open redirect."""
        if not _is_local(field.data or ""):
            field.data = ""


def init_security(app: Flask) -> None:
    """Set up sign-in, its sessions and its limits on the app."""
    settings: Settings = app.extensions["hundredth"]
    https = settings.public_url.startswith("https://")
    app.session_interface = PortalSessions()
    app.config.from_mapping(_configure(https))
    datastore = SQLAlchemyUserDatastore(cast(Any, db), User, Role)
    security.init_app(app, datastore, login_form=SignInForm)
    security.unauthn_handler(_send_to_sign_in)
    security.want_json(lambda request: False)
    user_authenticated.connect(_begin_session, app)
    _confine_hooks(app)
    init_guesses(app, settings)
    init_refusals(app, settings)
    _guard_sign_in(app)
    _end_sessions_at_sign_out(app)
    app.after_request_funcs.setdefault("security", []).append(_stay_in_portal)


def _configure(https: bool) -> dict[str, Any]:
    return {
        "SESSION_COOKIE_NAME": "__Secure-hundredth" if https else "hundredth",
        "SESSION_COOKIE_PATH": PORTAL,
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": SESSION_LIFE,
        "WTF_CSRF_TIME_LIMIT": int(SESSION_LIFE.total_seconds()),
        # Some browsers and proxies send no Referer; see _refuse_cross_site for what is read.
        "WTF_CSRF_SSL_STRICT": False,
        "SECURITY_URL_PREFIX": PORTAL,
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_POST_LOGIN_VIEW": f"{PORTAL}/deliveries",
        "SECURITY_POST_LOGOUT_VIEW": f"{PORTAL}/login",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_LOGOUT_CSRF": True,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_MSG_GENERIC_AUTHN_FAILED": (
            "Wrong e-mail address or password.",
            "error",
        ),
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_DEPRECATED_PASSWORD_SCHEMES": [],
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": dict(PASSWORD_COSTS),
        # Argon2 adds its own salt; with a second key, changing it would lock everyone out.
        "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
        "SECURITY_FLASH_MESSAGES": False,
        "SECURITY_FRESHNESS": timedelta(-1),
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_JOIN_USER_ROLES": False,
        "SECURITY_CLI_USERS_NAME": None,
        "SECURITY_CLI_ROLES_NAME": None,
        # pages.py sets it on every page; Flask-Security's is malformed and would override it.
        "SECURITY_CACHE_CONTROL": None,
    }


def _confine_hooks(app: Flask) -> None:
    """Run the extensions' hooks, which look up a user, only for requests of the portal."""
    before = app.before_request_funcs[None]
    load_identity = security.principal._on_before_request
    before.remove(load_identity)
    app.template_context_processors[None].remove(_user_context_processor)
    for name in ("staff", "security"):
        hooks = (_refuse_cross_site, _end_old_session, load_identity)
        app.before_request_funcs.setdefault(name, []).extend(hooks)
        app.template_context_processors[name].append(_user_context_processor)
    app.after_request_funcs[None].remove(security.login_manager._update_remember_cookie)


def _guard_sign_in(app: Flask) -> None:
    """Wrap the sign-in view in the rate limit and the audit event."""
    sign_in = app.view_functions["security.login"]

    @wraps(sign_in)
    def view() -> Any:
        if request.method == "POST":
            limit_guesses()
        before = current_user.is_authenticated
        response = sign_in()
        if current_user.is_authenticated and not before:
            _record_sign_in(current_user.id)
        elif request.method == "POST" and not current_user.is_authenticated:
            note_failed_sign_in(read_email())
        return response

    app.view_functions["security.login"] = view


def _record_sign_in(user_id: int) -> None:
    """Record the sign-in; clear the session if it cannot be recorded."""
    try:
        db.session.commit()  # a password hash that was upgraded to the current parameters
        staff_accounts.record_sign_in(user_id)
    except BaseException:
        session.clear()
        raise


def _send_to_sign_in(mechanisms: list[str], headers: dict[str, str] | None = None) -> Any:
    if request.method != "GET":
        return redirect(url_for("security.login"))
    wanted = request.full_path.rstrip("?")
    return redirect(url_for("security.login", next=wanted if _is_local(wanted) else None))


def _begin_session(app: Flask, **details: Any) -> None:
    """Drop the CSRF token of the session before the sign-in."""
    session.pop(app.config["WTF_CSRF_FIELD_NAME"], None)


def _end_old_session() -> None:
    """End the session SESSION_LIFE after its sign-in; each response renews the cookie's own age."""
    if "_user_id" in session and time.time() - session.get("fs_paa", 0) > SESSION_SECONDS:
        session.clear()


def _refuse_cross_site() -> None:
    if request.method == "POST":
        refuse_cross_site(request, get_settings().public_url)


def _end_sessions_at_sign_out(app: Flask) -> None:
    sign_out = app.view_functions["security.logout"]

    @wraps(sign_out)
    def view() -> Any:
        user_id = current_user.id if current_user.is_authenticated else None
        response = sign_out()
        if user_id is not None and not current_user.is_authenticated:
            staff_accounts.end_sessions(user_id, actor=f"staff:{user_id}")
        return response

    app.view_functions["security.logout"] = view


def _stay_in_portal(response: Response) -> Response:
    """Redirect only to pages of the portal, whatever ``next`` contains."""
    location = response.headers.get("Location")
    if location is not None and not _is_local(location):
        response.headers["Location"] = url_for("staff.list_all")
    return response


def _is_local(location: str) -> bool:
    found = LOCAL_PAGE.fullmatch(location)
    return found is not None and "//" not in location and ".." not in location
