"""Error pages: what happened, whether anything was stored, and what to do.

- Only the words for a UserError's code reach a page; ``str(error)`` of anything else never does.
- A page for people; JSON for a client that accepts nothing else.
- An error page reads nothing from the database, which may be what has failed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from petition.core.database import is_unavailable
from petition.core.errors import InvalidInput, Retryable, UserError
from petition.core.logs import get_logger
from petition.error_messages.description import describe_error, describe_fields, describe_wait
from petition.web.api.problems import FieldError, is_api, write_problem

log = get_logger(__name__)

RETRY_SECONDS = 5
# The headers of werkzeug's exceptions that are kept, since clients act on them.
KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What an error page says; ``code`` is for programs."""

    status: int
    code: str
    title: str | LazyString
    message: str | LazyString
    fields: Mapping[str, str] = field(default_factory=dict)


class TooManyRequests(Exception):
    """One network exceeds a rate limit; it may try again after ``seconds``.

    - ``asking``: the request was a look-up, and nothing was to be stored.
    - ``domain``: the limit was that of this mail domain, not of the network.
    """

    # Not a frozen dataclass: context managers set __traceback__ on the exceptions they pass on.
    def __init__(self, seconds: int, asking: bool = False, domain: str = "") -> None:
        super().__init__(seconds)
        self.seconds = seconds
        self.asking = asking
        self.domain = domain


UNAVAILABLE = ErrorPage(
    503,
    "unavailable",
    lazy_gettext("We cannot store anything right now"),
    lazy_gettext(
        "The service is busy or under maintenance. Nothing was stored. Wait a few seconds, then "
        "reload this page; your browser will offer to send the same answers again."
    ),
)
FAILED = ErrorPage(
    500,
    "failed",
    lazy_gettext("Something went wrong on our side"),
    lazy_gettext(
        "This is our fault, not yours. The error was recorded so that we can fix it. Go back and "
        "try again; if it fails again, come back later."
    ),
)
TOO_MANY = ErrorPage(
    429,
    "too-many-requests",
    lazy_gettext("Too many signatures from your network"),
    lazy_gettext(
        "To keep out robots we limit signatures from one network. Nothing was "
        "stored. Wait %(wait)s, then reload this page; your browser will offer to send the "
        "same answers again."
    ),
)
TOO_MANY_OF_DOMAIN = ErrorPage(
    429,
    "too-many-requests",
    lazy_gettext("Too many signatures with addresses at one e-mail domain"),
    lazy_gettext(
        "To keep out robots we limit signatures with e-mail addresses at one domain. Nothing was "
        "stored. Wait %(wait)s, then reload this page; your browser will offer to send the same "
        "answers again."
    ),
)
TOO_MANY_QUESTIONS = ErrorPage(
    429,
    "too-many-requests",
    lazy_gettext("Too many lookups from your network"),
    lazy_gettext(
        "To keep out robots we limit lookups from one network. Wait %(wait)s, then reload this "
        "page; your browser will offer to send the same again."
    ),
)
BY_STATUS = {
    400: (
        lazy_gettext("We could not read that request"),
        lazy_gettext(
            "Something in it is damaged. Go back to the page that you came from and try again."
        ),
    ),
    403: (
        lazy_gettext("You can’t see this page"),
        lazy_gettext("You do not have permission to see it."),
    ),
    404: (
        lazy_gettext("There is no such page"),
        lazy_gettext(
            "Check that you copied the whole address. If you followed a link on one of our pages, "
            "the mistake is ours."
        ),
    ),
    405: (
        lazy_gettext("This page only accepts forms"),
        lazy_gettext(
            "It only receives forms and has nothing to show. Go back to the page with the form."
        ),
    ),
    413: (
        lazy_gettext("That was too much to send at once"),
        lazy_gettext("Nothing was stored. Shorten what you typed and send it again."),
    ),
    415: (
        lazy_gettext("We could not read what was sent"),
        lazy_gettext("Send the fields as a web form does."),
    ),
}
USER_TITLES = {
    403: lazy_gettext("That can’t be done"),
    404: lazy_gettext("We could not find that"),
    410: lazy_gettext("This link no longer works"),
    422: lazy_gettext("Some answers need your attention"),
}


def init_app(app: Flask) -> None:
    """Register the handlers for every kind of exception."""
    app.register_error_handler(UserError, _show_user_error)
    app.register_error_handler(Retryable, show_unavailable)
    app.register_error_handler(DBAPIError, _show_database_error)
    app.register_error_handler(PoolTimeout, show_unavailable)
    app.register_error_handler(TooManyRequests, _show_too_many)
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(Exception, _show_failure)


def wants_json() -> bool:
    """Return whether the client accepts JSON but not HTML."""
    accepted = request.accept_mimetypes
    return bool(accepted["application/json"]) and not accepted["text/html"]


def show_http_error(error: HTTPException) -> Response:
    """Return the page or JSON for an HTTP error."""
    status = error.code or 500
    title, message = BY_STATUS.get(status) or (error.name, BY_STATUS[400][1])
    code = error.name.lower().replace(" ", "-")
    sent = dict(error.get_headers(request.environ))
    kept = {name: sent[name] for name in KEPT_HEADERS if name in sent}
    if is_api(request.path):
        return write_problem(status, headers=kept)
    problem = FAILED if status >= 500 else ErrorPage(status, code, title, message)
    return _show(problem, kept)


def _show_user_error(error: UserError) -> Response:
    title = USER_TITLES.get(error.status, BY_STATUS[400][0])
    fields = describe_fields(error) if isinstance(error, InvalidInput) else {}
    return _show(ErrorPage(error.status, error.code, title, describe_error(error), fields))


def show_unavailable(error: Exception) -> Response:
    """Return a 503 response for while nothing can be stored, and log why."""
    log.warning("web.unavailable", endpoint=request.endpoint, error=type(error).__name__)
    return _show(UNAVAILABLE, {"Retry-After": str(RETRY_SECONDS)})


def _show_database_error(error: DBAPIError) -> Response:
    return show_unavailable(error) if is_unavailable(error) else _show_failure(error)


def _show_too_many(error: TooManyRequests) -> Response:
    kind = TOO_MANY_QUESTIONS if error.asking else TOO_MANY
    if error.domain:
        kind = TOO_MANY_OF_DOMAIN
    message = str(kind.message) % {"wait": describe_wait(error.seconds)}
    problem = ErrorPage(kind.status, kind.code, kind.title, message)
    return _show(problem, {"Retry-After": str(error.seconds)})


def _show_failure(error: Exception) -> Response:
    # Only its class and traceback: the message may contain a value of a row.
    log.error("web.failed", endpoint=request.endpoint, exc_info=True)
    return _show(FAILED)


def _show(problem: ErrorPage, headers: Mapping[str, str] | None = None) -> Response:
    if is_api(request.path):
        errors = [FieldError(words, pointer=f"#/{name}") for name, words in problem.fields.items()]
        title, detail = str(problem.title), str(problem.message)
        return write_problem(
            problem.status, problem.code, title=title, detail=detail, errors=errors, headers=headers
        )
    response = _write_json(problem) if wants_json() else _write_page(problem)
    response.status_code = problem.status
    response.headers.update(headers or {})
    response.headers["Cache-Control"] = "no-store"
    return response


def _write_json(problem: ErrorPage) -> Response:
    error = {"code": problem.code, "message": str(problem.message), "fields": dict(problem.fields)}
    return jsonify(error=error)


def _write_page(problem: ErrorPage) -> Response:
    # Inside a frame on another website, our own pages cannot follow.
    framed = request.path.startswith("/embed/")
    base = "embed/base.html" if framed else None
    # The page of a link that opens nothing leads to where its signer gets another.
    of_link = request.blueprint == "links" and problem.status in (404, 410)
    page = render_template("public/error.html", problem=problem, base=base, of_link=of_link)
    return make_response(page)
