"""Compresses static files, and pages that are the same for everyone.

- Never a page that has both a secret and something that its visitor chose: an attacker who can
  have it opened with chosen words, and measure its length, could guess the secret (BREACH). So only
  answers to a GET without a query are compressed (the language and the color scheme are allowed, as
  their values are ours), and no page with a token in its URL, no answer to a form, no staff page.
- Only gzip: every browser reads it, and the standard library writes it.
"""

import gzip
from functools import lru_cache

from flask import Flask, Response, request

from petition.web.embed.schemes import FIELD as SCHEME
from petition.web.languages import FIELD as LANGUAGE

KINDS = frozenset(
    {
        "text/html",
        "text/css",
        "text/javascript",
        "application/javascript",
        "application/xml",
        "application/geo+json",
        "image/svg+xml",
    }
)
FILES = frozenset({"static", "leaflet"})
# The blueprints of pages for everybody. Those with a token in their address are others.
BLUEPRINTS = frozenset({"public", "embed"})
HARMLESS = frozenset({LANGUAGE, SCHEME})
# Bytes below which the header costs more than is saved.
SMALLEST = 500
PAGE_LEVEL, FILE_LEVEL = 5, 9
REMEMBERED = 64  # files


def init_app(app: Flask) -> None:
    """Compress what may be, for browsers that accept it."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if not _may_be_compressed(response):
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code != 200 or not request.accept_encodings["gzip"]:
        return response
    response.direct_passthrough = False  # a static file is otherwise handed on unread
    content = response.get_data()
    if len(content) < SMALLEST:
        return response
    is_file = request.endpoint in FILES
    response.set_data(_squeeze_file(content) if is_file else gzip.compress(content, PAGE_LEVEL))
    response.headers["Content-Encoding"] = "gzip"
    tag, _ = response.get_etag()
    if tag:
        response.set_etag(tag, weak=True)  # the bytes differ from those without compression
    return response


def _may_be_compressed(response: Response) -> bool:
    if response.mimetype not in KINDS or "Content-Encoding" in response.headers:
        return False
    if request.method not in ("GET", "HEAD") or response.headers.get("Set-Cookie"):
        return False
    if request.endpoint in FILES:
        return True
    return (
        request.blueprint in BLUEPRINTS
        and HARMLESS.issuperset(request.args)
        and not response.cache_control.no_store
    )


@lru_cache(REMEMBERED)
def _squeeze_file(content: bytes) -> bytes:
    return gzip.compress(content, FILE_LEVEL, mtime=0)
