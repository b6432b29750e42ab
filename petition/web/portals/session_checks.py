"""The session of each request in a portal: looked up in the database before the view runs."""

import time
from dataclasses import dataclass
from typing import Any, cast

from flask import Request, g, request, session
from flask_security import current_user
from flask_security.utils import logout_user

from petition.accounts.account_sessions import OpenSession, find_session
from petition.accounts.permissions import needs_second_factor
from petition.core.clock import utcnow
from petition.core.extensions import db, get_settings
from petition.models import User
from petition.web.origin import refuse_cross_site
from petition.web.portals.portal import get_portal

TOKEN = "sid"  # noqa: S105  the name of the session's token in the cookie
PENDING = "pending"
# How long whoever entered a password may take for the code, or for setting a second factor up.
PENDING_SECONDS = 15 * 60
RECENT_SECONDS = 15 * 60


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """Who has entered the right password, and is not signed in yet; ``target``: where to go."""

    user: User
    target: str


def has_token(request: Request) -> bool:
    """Return whether a request's address is a link of an e-mail."""
    return "token" in (request.view_args or {})


def check_origin() -> None:
    """Refuse a form that a browser sent from another site; raises CrossSite.

    - The page of a link is named to nobody, also not to us: some browsers then send the origin
      ``null``. Its form contains a CSRF token as all others do.
    """
    if request.method == "POST":
        refuse_cross_site(request, get_settings().public_url, passes_null=has_token(request))


def check_session() -> None:
    """Keep the session of the request if it is in force, and end it otherwise.

    - It ends also if a role that the account was given since needs a second factor.
    """
    token = session.get(TOKEN)
    found = find_session(token, get_portal().name) if isinstance(token, str) else None
    if found is None:
        if TOKEN in session or "_user_id" in session:
            session.clear()
        return
    g.account_session = found
    roles = [grant.role for grant in current_user.roles] if current_user.is_authenticated else []
    if (
        current_user.is_anonymous
        or found.user_id != current_user.id
        or (needs_second_factor(roles) and not found.has_factor)
    ):
        g.account_session = None
        logout_user()
        session.clear()


def get_session() -> OpenSession:
    """Return the session of who is signed in; raises LookupError without one."""
    found = g.get("account_session")
    if found is None:
        raise LookupError("nobody is signed in")
    return cast(OpenSession, found)


def is_recent() -> bool:
    """Return whether the password or a code was entered in this session within RECENT_SECONDS."""
    found = g.get("account_session")
    if found is None:
        return False
    age: float = (utcnow() - found.proved_at).total_seconds()
    return 0 <= age <= RECENT_SECONDS


def begin_pending(user: User, target: str) -> None:
    """Begin a sign-in that needs another step."""
    session.clear()
    session[PENDING] = {"user": user.fs_uniquifier, "at": int(time.time()), "target": target}


def read_pending() -> PendingSignIn | None:
    """Return the sign-in that waits for its next step; None if there is none, or it is too old."""
    kept: Any = session.get(PENDING)
    if not isinstance(kept, dict) or not 0 <= time.time() - kept.get("at", 0) <= PENDING_SECONDS:
        return None
    user = db.session.scalar(
        db.select(User).where(User.fs_uniquifier == kept.get("user"), User.active)
    )
    return PendingSignIn(user, str(kept.get("target", ""))) if user is not None else None
