"""Cookies for the portals only: no other page reads or sets one, whatever code uses sessions.

- Each portal has a cookie of its own path, signed with a salt of its own: one portal's cookie is
  worthless in the other.
"""

import hashlib

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin

from petition.web.portals.portal import Portal, find_portal, get_portal


class NoSession(SecureCookieSession):
    """The session outside the portals; it is never saved."""


class PortalSessions(SecureCookieSessionInterface):
    """Signed cookies for the paths of one portal."""

    digest_method = staticmethod(hashlib.sha256)

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.salt = f"hundredth-session-{portal.name}"

    def get_cookie_path(self, app: Flask) -> str:
        """Return the portal's path."""
        return self.portal.path


class SessionsByPath(SecureCookieSessionInterface):
    """The cookies of the portal that a request is for; none outside of all portals."""

    def __init__(self, portals: tuple[Portal, ...]) -> None:
        self._of = {portal.name: PortalSessions(portal) for portal in portals}

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the visitor's session, an empty one outside the portals."""
        portal = find_portal(request.path)
        return self._of[portal.name].open_session(app, request) if portal else NoSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie and ``Vary: Cookie`` inside a portal only."""
        if not isinstance(session, NoSession):
            self._of[get_portal().name].save_session(app, session, response)
