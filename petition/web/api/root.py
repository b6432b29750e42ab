"""The root of the API: where everything is."""

from typing import Any

from flask import url_for

from petition.web.api.endpoints import public_read
from petition.web.api.public_shapes import RootShape
from petition.web.api.service import TITLE, VERSION


@public_read("/", RootShape, "Where everything is")
def show_root(asked: dict[str, Any]) -> dict[str, Any]:
    """Name the addresses to begin with."""
    links = {
        "campaigns": url_for("api.list_campaigns"),
        "openapi": url_for("api_docs.give_document"),
        "docs": url_for("api_docs.show_docs"),
    }
    shown = {name: {"href": address} for name, address in links.items()}
    return {"name": TITLE, "version": VERSION, "links": shown}
