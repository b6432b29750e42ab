"""How a view becomes a part of the API and of its document.

- A public read needs no token, may be read by every website's scripts, and has a strong ETag.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from inspect import getdoc
from typing import Any, TypeVar

from flask import Response
from marshmallow import Schema, fields

from petition.partners.tokens.scopes import TokenScope
from petition.web.api.authorization import authorize
from petition.web.api.paging import NoQuery
from petition.web.api.problems import MEDIA_TYPE, WORDS
from petition.web.api.service import blueprint

# The endpoints of public reads.
PUBLIC: set[str] = set()
View = TypeVar("View", bound=Callable[..., Any])
# The endpoints of files, which are not JSON and take no body.
FILES: set[str] = set()
# Published counts are renewed once a minute at most.
PUBLIC_CACHE = "public, max-age=30"
EXPOSED = "ETag, Link, RateLimit, RateLimit-Policy, Retry-After"

# What a browser asks before a script of another website reads with a header of its own. No token:
# a page of another website is no place to keep one.
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Max-Age": "86400",
}


class FieldErrorShape(Schema):
    """One fault of a request."""

    detail = fields.String(required=True)
    pointer = fields.String(metadata={"description": "A JSON pointer into the body."})
    parameter = fields.String(metadata={"description": "The name of a query parameter."})


class ProblemShape(Schema):
    """A refusal, by RFC 9457."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)
    errors = fields.List(fields.Nested(FieldErrorShape))


KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A new one for each write: a repeat within 24 hours is answered, not done.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"},
}
FILE = {"type": "string"}
SHA256 = {"type": "string", "pattern": "^sha-256=:[A-Za-z0-9+/]{43}=:$"}
DIGEST = {"Content-Digest": {"schema": SHA256}}
FILE_REFUSALS = (400, 401, 403, 404, 409, 429, 503)
READ_REFUSALS = (400, 404, 406, 429, 503)
OWN_REFUSALS = (400, 401, 403, 406, 429, 503)
WRITE_REFUSALS = (400, 401, 403, 404, 406, 409, 413, 415, 422, 429, 503)


def public_read(
    rule: str, shown: type[Schema], summary: str, *, query: type[Schema] = NoQuery
) -> Callable[[View], View]:
    """Register a view as a GET that everyone may use; it gets the query's values first."""

    def decorate(view: View) -> View:
        answered = blueprint.response(200, shown)(view)
        read = blueprint.arguments(query, location="query", error_status_code=400)(answered)
        told = _document(add_refusals(read, READ_REFUSALS), view, summary, [])
        blueprint.route(rule, methods=["GET"], strict_slashes=False)(told)
        PUBLIC.add(f"{blueprint.name}.{view.__name__}")
        return view

    return decorate


def own_read(
    rule: str,
    shown: type[Schema],
    summary: str,
    scope: TokenScope,
    *,
    query: type[Schema] = NoQuery,
    refuses: tuple[int, ...] = (),
) -> Callable[[View], View]:
    """Register a view as a GET for the holder of a token with a scope; see ``public_read``.

    - ``refuses``: statuses of refusals besides those that every such view has.
    """

    def decorate(view: View) -> View:
        answered = blueprint.response(200, shown)(view)
        read = blueprint.arguments(query, location="query", error_status_code=400)(answered)
        refused = add_refusals(read, (*OWN_REFUSALS, *refuses))
        told = _document(refused, view, summary, [scope.value])
        _guard(rule, "GET", told, scope)
        return view

    return decorate


def own_delete(rule: str, summary: str, scope: TokenScope) -> Callable[[View], View]:
    """Register a view as a DELETE for the holder of a token with a scope."""

    def decorate(view: View) -> View:
        answered = blueprint.response(204)(view)
        strict = blueprint.arguments(
            NoQuery, location="query", as_kwargs=True, error_status_code=400
        )(answered)
        told = _document(add_refusals(strict, (*OWN_REFUSALS, 404)), view, summary, [scope.value])
        _guard(rule, "DELETE", told, scope)
        return view

    return decorate


def own_write(
    rule: str,
    taken: type[Schema],
    shown: type[Schema],
    summary: str,
    scope: TokenScope,
    *,
    example: dict[str, Any],
) -> Callable[[View], View]:
    """Register a view as a POST for the holder of a token with a scope; it gets the body first."""

    def decorate(view: View) -> View:
        answered = blueprint.response(202, shown)(view)
        read = blueprint.arguments(taken, example=example, error_status_code=422)(answered)
        strict = blueprint.arguments(NoQuery, location="query", as_kwargs=True)(read)
        keyed = blueprint.doc(parameters=[KEY_HEADER])(strict)
        told = _document(add_refusals(keyed, WRITE_REFUSALS), view, summary, [scope.value])
        _guard(rule, "POST", told, scope)
        return view

    return decorate


def own_file(
    rule: str, kinds: Sequence[str], summary: str, scope: TokenScope
) -> Callable[[View], View]:
    """Register a view as a POST without a body that gives a file to the holder of a token.

    - ``kinds``: its media types. The view returns the response; its ``Content-Digest`` is the
      SHA-256 of its bytes (RFC 9530).
    """

    def decorate(view: View) -> View:
        strict = blueprint.arguments(
            NoQuery, location="query", as_kwargs=True, error_status_code=400
        )(view)
        told = add_refusals(strict, FILE_REFUSALS)
        for kind in kinds:
            told = blueprint.alt_response(
                200, schema=FILE, content_type=kind, description="The file", headers=DIGEST
            )(told)
        _guard(rule, "POST", _document(told, view, summary, [scope.value]), scope)
        FILES.add(f"{blueprint.name}.{view.__name__}")
        return view

    return decorate


def _guard(rule: str, method: str, view: Callable[..., Any], scope: TokenScope) -> None:
    """Register a view for tokens with a scope, which is checked before anything is read."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        authorize(scope)
        return view(*args, **kwargs)

    blueprint.route(rule, methods=[method], strict_slashes=False)(guarded)


def _document(
    documented: Callable[..., Any], view: Callable[..., Any], summary: str, scopes: list[str]
) -> Callable[..., Any]:
    """Return a view with its summary, its docstring and what it needs in the document."""
    told: Callable[..., Any] = blueprint.doc(
        summary=summary,
        description=getdoc(view) or "",
        operationId=view.__name__,
        security=[{"token": scopes}] if scopes else [],
    )(documented)
    return told


def add_refusals(view: Callable[..., Any], statuses: tuple[int, ...]) -> Callable[..., Any]:
    """Return a view that is documented with these refusals."""
    for status in statuses:
        view = blueprint.alt_response(
            status, schema=ProblemShape, content_type=MEDIA_TYPE, description=WORDS[status][0]
        )(view)
    return view


def mark_answer(response: Response) -> Response:
    """Add to an answer of a public read what caches and scripts of other websites need."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = EXPOSED
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
