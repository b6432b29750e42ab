"""The OpenAPI document, and a page made from it on our own host."""

from typing import Any

from flask import Blueprint, Response, current_app, json, render_template
from flask.typing import ResponseReturnValue

from petition.web.api.endpoints import PUBLIC
from petition.web.api.negotiation import guard_blueprint
from petition.web.api.problems import CODES, EXACT, PREFIX, WORDS
from petition.web.api.service import find_document

# Not a part of the document that it serves.
blueprint = Blueprint("api_docs", __name__, url_prefix=PREFIX)
guard_blueprint(blueprint)
PUBLIC.add("api_docs.give_document")


@blueprint.get("/openapi.json")
def give_document() -> Response:
    """Return the OpenAPI document."""
    document = find_document(current_app)
    return Response(json.dumps(document), content_type="application/json")


@blueprint.get("/docs")
def show_docs() -> ResponseReturnValue:
    """Show the document as a page."""
    document = find_document(current_app)
    return render_template(
        "api/docs.html",
        document=document,
        operations=list_operations(document),
        problems=list_problems(),
        prefix=PREFIX,
    )


def list_problems() -> list[tuple[str, int, str]]:
    """Return the code, the status and the words of each refusal, by status."""
    usual = [(code, status, WORDS[status][1]) for status, code in CODES.items()]
    exact = [(code, status, words) for code, (status, words) in EXACT.items()]
    return sorted(usual + exact, key=lambda problem: problem[1])


def list_operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the operations of a document in its order, each with its path and method."""
    return [
        {"path": path, "method": method.upper(), "shared": item.get("parameters", []), **operation}
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post", "put", "patch", "delete")
    ]
