"""The app as a server process wants it: what the first visitor would wait for is loaded before."""

from flask import Flask

from petition import create_app
from petition.geography.postal import load_postal_codes
from petition.geography.zip_counties import load_zip_counties


def make_app() -> Flask:
    """Return the app with the ZIP codes loaded; ``petition web`` and wsgi.py serve it."""
    app = create_app()
    load_postal_codes()
    load_zip_counties()
    return app
