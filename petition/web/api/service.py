"""The API as flask-smorest knows it: what is registered here is in the OpenAPI document.

- Of flask-smorest come the reading of requests, the writing of answers and the document. Refusals
  (problems.py) and the page of the document (document.py) are ours.
"""

from typing import Any

from flask import Flask
from flask_smorest import Api, Blueprint
from werkzeug.routing import BaseConverter

from petition.web.api.bodies import StrictParser
from petition.web.api.problems import PREFIX

EXTENSION = "hundredth-api"
TITLE = "Hundredth API"
VERSION = "1"
OPENAPI = "3.1.0"
# Shapes that flask-smorest always adds, and no answer of ours has.
UNUSED = ("Error", "PaginationMetadata")


class Service(Api):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest's Api without its error handlers, pages and commands."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Register none: it would answer for every page of the app."""

    def _register_doc_blueprint(self) -> None:
        """Register none: document.py serves the document."""


class StrictBlueprint(Blueprint):  # type: ignore[misc]
    """flask-smorest's blueprint, with our parser."""

    ARGUMENTS_PARSER = StrictParser()


blueprint = StrictBlueprint(
    "api", __name__, url_prefix=PREFIX, description="Campaigns, counts, letters and one's people."
)


def init_service(app: Flask) -> None:
    """Create the app's document, and register the views."""
    app.config.setdefault("API_TITLE", TITLE)
    app.config.setdefault("API_VERSION", VERSION)
    app.config.setdefault("OPENAPI_VERSION", OPENAPI)
    service = Service(app, spec_kwargs={"info": INFO})
    app.cli.commands.pop("openapi", None)  # flask-smorest's command writes the same document
    for name in ("slug", "word"):
        service.register_converter(app.url_map.converters[name], _describe_converter)
    service.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    service.register_blueprint(blueprint)
    app.extensions[EXTENSION] = service


def find_document(app: Flask) -> dict[str, Any]:
    """Return the app's OpenAPI document."""
    found: dict[str, Any] = app.extensions[EXTENSION].spec.to_dict()
    for unused in UNUSED:
        found["components"]["schemas"].pop(unused, None)
    found["components"].pop("responses", None)
    return found


def _describe_converter(converter: BaseConverter) -> dict[str, str]:
    return {"type": "string", "pattern": f"^{converter.regex}$"}


INFO = {
    "description": (
        "Public reads need no token. The rest needs one of an organization, sent as "
        "`Authorization: Bearer TOKEN`. Every refusal is a problem of RFC 9457."
    ),
    "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
}
