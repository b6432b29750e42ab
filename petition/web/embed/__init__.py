"""The pages for a frame on another website: a campaign's form, its thanks and its map."""

from flask import Flask

from petition.core.extensions import csrf


def init_app(app: Flask) -> None:
    """Register the pages; they set no cookie, so they are held by origin as the public ones are."""
    from petition.web.embed import map, pages, schemes  # noqa: F401
    from petition.web.embed.framing import embed, embed_links

    schemes.init_app(app)
    for blueprint in (embed, embed_links):
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)
