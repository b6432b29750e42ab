"""Who may post the sign form: our own pages, and programs that are no browser.

The public pages set no cookie, so there is no token to compare. What a browser itself says of the
page that a request comes from cannot be set by that page: ``Sec-Fetch-Site`` and ``Origin``.
"""

from urllib.parse import urlsplit

from flask import Request

from petition.core.errors import UserError
from petition.error_messages.page_messages import PageProblem


class CrossSite(UserError):
    """A browser sent this form from a page that is not ours."""

    code = "cross-site"
    status = 403


def refuse_cross_site(request: Request, public_url: str, *, passes_null: bool = False) -> None:
    """Pass unless a browser says that the request comes from another site's page.

    - ``passes_null``: pass ``Origin: null`` without ``Sec-Fetch-Site`` too. Browsers before 2023
      and those over plain HTTP, send that from a page of ours that is never named (no-referrer),
      and from another site's sandbox: only for forms that do nothing to whoever sends them.
    - Neither header: no browser sent it (or a very old one), so no page could have made it do so.
    - ``Origin`` must be the host that was asked, or that of ``public_url``.
    - Raises CrossSite.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site in ("same-origin", "none"):
        return
    origin = request.headers.get("Origin")
    if passes_null and site is None and origin == "null":
        return
    if site == "cross-site" or (origin is not None and not _is_ours(origin, request, public_url)):
        raise CrossSite(PageProblem.CROSS_SITE)


def _is_ours(origin: str, request: Request, public_url: str) -> bool:
    # Only the host is held against the request's: a proxy in front may have ended the TLS.
    host = origin.partition("://")[2]
    return bool(host) and host in (request.host, urlsplit(public_url).netloc)
