"""The app as a server process wants it: what the first visitor would wait for is loaded before."""

from flask import Flask

from petition import create_app
from petition.postal.zip_counties import load_zip_counties
from petition.postal.zip_places import load_postal_codes
from petition.web import forwarding, keys
from petition.web.buffering import BufferingServer
from petition.web.forms import LONGEST_STAFF
from petition.web.parent_watch import end_with_parent


def make_app() -> Flask:
    """Return the app with the ZIP codes loaded, as a WSGI application."""
    app = create_app()
    forwarding.init_app(app)
    keys.init_app(app)
    load_postal_codes()
    load_zip_counties()
    return app


def make_server() -> BufferingServer:
    """Return what ``petition web`` has granian serve: the app behind a buffer for bodies."""
    end_with_parent()
    return BufferingServer(make_app(), LONGEST_STAFF)
