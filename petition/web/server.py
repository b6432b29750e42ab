"""The app for a server process, with the data preloaded that the first request would wait for."""

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
    """Return the RSGI application that ``petition web`` serves with granian."""
    end_with_parent()
    return BufferingServer(make_app(), LONGEST_STAFF)
