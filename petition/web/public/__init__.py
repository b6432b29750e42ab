"""The public pages: campaigns, signing, districts, letters, and a signer's own links."""

from flask import Flask
from werkzeug.routing import BaseConverter

from petition.extensions import csrf


class SlugConverter(BaseConverter):
    """A campaign's slug in a path; anything else is no address of ours."""

    regex = "[a-z0-9-]{1,100}"


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.url_map.converters["slug"] = SlugConverter

    from petition.web.public import campaigns, districts, letters, links, sign  # noqa: F401
    from petition.web.public.blueprint import links as links_blueprint
    from petition.web.public.blueprint import public

    for blueprint in (public, links_blueprint):
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)
