"""Protection of forms against cross-site requests: only our own pages and non-browsers may post.

The public pages set no cookie, so there is no CSRF token. ``Sec-Fetch-Site`` and ``Origin`` are set
by the browser, and a page cannot change them.
"""

from urllib.parse import urlsplit

from flask import Request

from petition.core.errors import UserError
from petition.error_messages.page_messages import PageProblem


class CrossSite(UserError):
    """A browser sent this form from a page of another site."""

    code = "cross-site"
    status = 403


def refuse_cross_site(request: Request, public_url: str, *, passes_null: bool = False) -> None:
    """Raise CrossSite if a browser says that the request comes from a page of another site.

    - ``passes_null``: accept ``Origin: null`` without ``Sec-Fetch-Site`` too. Browsers before 2023,
      and any over plain HTTP, send that from a page of ours with ``no-referrer``, but also from
      another site's sandboxed frame: only for forms that do no harm to the sender.
    - Neither header: a program, or a very old browser, sent it. Accepted, since no page made it.
    - ``Origin`` must be the requested host, or that of ``public_url``.
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
    # Only the host is compared, not the scheme: a proxy in front may have terminated TLS.
    host = origin.partition("://")[2]
    return bool(host) and host in (request.host, urlsplit(public_url).netloc)
