"""Flask-Security in the service: its settings, and its hooks confined to the portals.

- The cookie is limited to its portal's paths, is HttpOnly, and Secure if the service has HTTPS.
- Forms are accepted from our own pages only: they contain a CSRF token, and requests that a browser
  marks as cross-site are refused before.
- The views are ours (petition/web/portals): they use its password hashing, its form, its TOTP and
  its session functions.
"""

from datetime import timedelta
from typing import Any, cast

from flask import Flask, redirect, request, url_for
from flask_login.utils import _user_context_processor  # type: ignore[import-untyped]
from flask_security import LoginForm, SQLAlchemyUserDatastore
from flask_security.forms import IsString, email_required
from wtforms import EmailField, Field, ValidationError

from petition.accounts.account_sessions import SESSION_LIFE
from petition.accounts.addresses import ADDRESS
from petition.accounts.passwords import LONGEST_PASSWORD
from petition.core.extensions import db, security
from petition.core.settings import Settings
from petition.models import RoleGrant, User
from petition.web.portals.cookies import SessionsByPath
from petition.web.portals.login_limits import init_guesses
from petition.web.portals.portal import PORTALS, get_portal
from petition.web.portals.refusals import init_refusals
from petition.web.portals.session_checks import check_origin, check_session

# OWASP's parameters for argon2id: the web processes that verify passwords also store signatures,
# one at a time, so a sign-in must not block one for long.
PASSWORD_COSTS = {
    "argon2__memory_cost": 19 * 1024,  # KiB
    "argon2__time_cost": 2,
    "argon2__parallelism": 1,
}


class SignInForm(LoginForm):
    """The sign-in form without the check for deliverable addresses."""

    email = EmailField("E-mail address", validators=[IsString(), email_required])
    remember = None  # type: ignore[assignment] # no cookie outlives the session

    def validate_email(self, field: Field) -> None:
        """Refuse what cannot be an account's address, since the database may refuse it as well."""
        if not ADDRESS.fullmatch(field.data or ""):
            raise ValidationError

    def validate_password(self, field: Field) -> None:
        """Refuse what is longer than any password, for which the hash would raise an error."""
        if len(field.data or "") > LONGEST_PASSWORD:
            raise ValidationError

    def validate_next(self, field: Field) -> None:
        """Drop a target outside the portal: such a link is an attempted open redirect."""
        if not get_portal().is_local(field.data or ""):
            field.data = ""


def init_security(app: Flask) -> None:
    """Set up sign-in, its sessions and its limits on the app."""
    settings: Settings = app.extensions["hundredth"]
    https = settings.public_url.startswith("https://")
    app.session_interface = SessionsByPath(PORTALS)
    app.config.from_mapping(_configure(https))
    datastore = SQLAlchemyUserDatastore(cast(Any, db), User, RoleGrant)
    security.init_app(app, datastore, register_blueprint=False, login_form=SignInForm)
    security.unauthn_handler(_send_to_sign_in)
    security.want_json(lambda request: False)
    _confine_hooks(app)
    init_guesses(app, settings)
    init_refusals(app, settings)


def _configure(https: bool) -> dict[str, Any]:
    return {
        "SESSION_COOKIE_NAME": "__Secure-hundredth" if https else "hundredth",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": SESSION_LIFE,
        "WTF_CSRF_TIME_LIMIT": int(SESSION_LIFE.total_seconds()),
        # Some browsers and proxies send no Referer; see petition/web/origin.py for what is read.
        "WTF_CSRF_SSL_STRICT": False,
        "SECURITY_STATIC_FOLDER": None,
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
    }


def _confine_hooks(app: Flask) -> None:
    """Run the extensions' hooks, which look up a user, only for requests of the portals."""
    before = app.before_request_funcs[None]
    load_identity = security.principal._on_before_request
    before.remove(load_identity)
    app.template_context_processors[None].remove(_user_context_processor)
    for portal in PORTALS:
        name = portal.name.value
        hooks = (check_origin, check_session, load_identity)
        app.before_request_funcs.setdefault(name, []).extend(hooks)
        app.template_context_processors[name].append(_user_context_processor)
    app.after_request_funcs[None].remove(security.login_manager._update_remember_cookie)


def _send_to_sign_in(mechanisms: list[str], headers: dict[str, str] | None = None) -> Any:
    portal = get_portal()
    sign_in = f"{portal.name}.sign_in"
    if request.method != "GET":
        return redirect(url_for(sign_in))
    wanted = request.full_path.rstrip("?")
    return redirect(url_for(sign_in, next=wanted if portal.is_local(wanted) else None))
