"""Redirects from damaged URLs of campaigns to the page that was meant.

- Repaired: upper case, and what a mail program, a chat or a sentence appended to the URL: a slash,
  a full stop, a bracket, a quotation mark, a space and what follows it; double percent-encoding,
  and invisible characters. The query is kept, except for personal data.
- The URL that a form posts to redirects to the page with the form, for a browser that opens it by
  GET after an error.
- The database is not queried: the page itself reports a campaign that does not exist.
"""

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import quote, unquote

from flask import Response, current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from petition.validation.printable import make_printable
from petition.web.errors import show_http_error
from petition.web.public.blueprint import link_pages, public
from petition.web.public.signer.preferences import OFFER
from petition.web.queries import clean_query

ROOTS = ("campaigns", "embed")
BLUEPRINTS = ("public", "embed")  # not pages with a token in the URL, which is case-sensitive
# Characters with which no segment of such a URL starts or ends.
STUCK = re.compile(r"^[^A-Za-z0-9]+|[^A-Za-z0-9]+$", re.ASCII)
# Characters that no such URL contains, and the text after them.
BEHIND = re.compile(r"[?#&<>()\[\]\"'\u2019\u201d\s,;=|].*", re.DOTALL)
LONGEST_PATH = 400


def lead_to_page(error: HTTPException) -> Response:
    """Redirect to the page that was meant, or return 404."""
    if request.routing_exception is not error:  # the route exists, and its view raised the 404
        return show_http_error(error)
    for path in _list_meant(request.path):
        if path != request.path and _is_page(path):
            return _redirect(quote(request.script_root + path), 308)
    return show_http_error(error)


def lead_back(page: str) -> Response:
    """Redirect from the URL that a form posts to, to the page with the form."""
    return _redirect(page.partition("?")[0], 303)


@public.get("/campaigns/<slug:slug>/signatures")
@public.get("/campaigns/<slug:slug>/homes")
@public.get("/campaigns/<slug:slug>/answers")
@public.get("/campaigns/<slug:slug>/zip")
def show_form_again(slug: str) -> Response:
    """Redirect to the campaign's page, whose form posts here."""
    return lead_back(url_for("public.show", slug=slug))


@link_pages.get("/signatures/<token>/choices")
@link_pages.get("/signatures/<token>/reachable")
@link_pages.get("/signatures/<token>/reply")
def show_status_again(token: str) -> Response:
    """Redirect to the signer's page, whose forms post here."""
    return lead_back(url_for("links.status", token=token))


@link_pages.get(OFFER)
def show_consents_again(token: str, offer_id: int) -> Response:
    """Redirect to the signer's page, where each offer has its form."""
    return lead_back(url_for("links.status", token=token))


def _list_meant(path: str) -> Iterator[str]:
    """Yield the paths that may have been meant, the most likely first."""
    if len(path) > LONGEST_PATH:
        return
    plain = _read_plain(path)
    for whole in (plain, BEHIND.sub("", plain)):
        parts = [part for part in (STUCK.sub("", part) for part in whole.split("/")) if part]
        if len(parts) < 2 or parts[0].lower() not in ROOTS:
            continue
        root, slug, *rest = parts
        yield "/".join(["", root.lower(), slug.lower(), *rest])
        yield "/".join(["", *parts]).lower()


def _read_plain(path: str) -> str:
    """Return a path without invisible characters and double percent-encoding."""
    return make_printable(unicodedata.normalize("NFKC", unquote(path))).replace("\\", "/")


def _is_page(path: str) -> bool:
    """Return whether the path matches a route of a campaign's page or form."""
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return False
    try:
        endpoint, _ = adapter.match(path, method=request.method)
    except (HTTPException, RequestRedirect):
        return False
    return endpoint.partition(".")[0] in BLUEPRINTS


def _redirect(address: str, status: int) -> Response:
    query = clean_query(request.query_string.decode("latin-1"))
    location = f"{address}?{query}" if query else address
    return Response(status=status, headers={"Location": location})
