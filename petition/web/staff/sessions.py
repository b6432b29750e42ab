"""Sessions for the portal only: no other page reads or sets a cookie, whatever code uses them."""

import hashlib

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin

PORTAL = "/staff"


class NoSession(SecureCookieSession):
    """The session outside the portal; it is never saved."""


class PortalSessions(SecureCookieSessionInterface):
    """Signed cookies for the paths of the portal."""

    digest_method = staticmethod(hashlib.sha256)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the visitor's session, an empty one outside the portal."""
        if request.path == PORTAL or request.path.startswith(f"{PORTAL}/"):
            return super().open_session(app, request)
        return NoSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie and ``Vary: Cookie`` inside the portal only."""
        if not isinstance(session, NoSession):
            super().save_session(app, session, response)
