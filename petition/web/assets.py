"""Static files: each URL contains a digest of the content, so that browsers cache it for a year.

Leaflet's files are served from its wheel, beside our own.
"""

import hashlib
import mimetypes
import re
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

from flask import Flask, Response, current_app, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

FOREVER = "public, max-age=31536000, immutable"
A_WHILE = "public, max-age=3600"
DIGITS = 10
# Fonts have the digest in their file name, since a style sheet cannot call ``asset_url``.
NAMED_BY_DIGEST = re.compile(rf"\.[0-9a-f]{{{DIGITS}}}\.woff2$")

# The files of Leaflet's wheel that are served, and their folder in it.
LEAFLET = ("leaflet.js", "leaflet.css")
LEAFLET_FOLDER = "xstatic/pkg/leaflet/data"
# The file that pages of other sites load.
FOR_OTHER_SITES = "embed.js"


def init_app(app: Flask) -> None:
    """Add ``asset_url`` to the templates, and Cache-Control to static files."""
    mimetypes.add_type("font/woff2", ".woff2")  # Python 3.11's own table lacks it
    app.add_template_global(asset_url)
    app.add_url_rule("/static/leaflet/<name>", "leaflet", _send_leaflet)
    app.after_request(_let_browsers_keep)


def asset_url(name: str) -> str:
    """Return the URL of a static file, which changes with its content."""
    if name in LEAFLET:
        return url_for("leaflet", name=name, v=_digest(_find_leaflet() / name))
    folder = current_app.static_folder
    if folder is None:
        raise RuntimeError("the app has no static folder")
    return url_for("static", filename=name, v=_digest(Path(folder) / name))


@cache
def _find_leaflet() -> Path:
    return Path(str(distribution("XStatic-Leaflet").locate_file(LEAFLET_FOLDER)))


def _send_leaflet(name: str) -> ResponseReturnValue:
    if name not in LEAFLET:
        raise NotFound
    return send_from_directory(_find_leaflet(), name)


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:DIGITS]


def _let_browsers_keep(response: Response) -> Response:
    if request.endpoint in ("static", "leaflet") and response.status_code in (200, 206, 304):
        lasting = "v" in request.args or NAMED_BY_DIGEST.search(request.path)
        response.headers["Cache-Control"] = FOREVER if lasting else A_WHILE
        if (request.view_args or {}).get("filename") == FOR_OTHER_SITES:
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
