"""The portal's blueprint, and what its pages share: headers, template globals, error pages."""

from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import Forbidden, HTTPException, default_exceptions

from petition.core.database import is_unavailable
from petition.core.errors import Retryable, UserError
from petition.core.logs import get_logger
from petition.error_messages.description import describe_wait
from petition.models import RoleName
from petition.web.errors import TooManyRequests
from petition.web.origin import CrossSite
from petition.web.staff.login_limits import read_email
from petition.web.staff.refusals import note_refusal, note_refused_sign_in
from petition.web.staff.roles import may

PORTAL_BLUEPRINTS = ("staff", "security")
HEADERS = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
FAILED = (
    "Something went wrong",
    "The error has been recorded for the operator of this service. Go back and check what was "
    "done before you try again.",
)
WORDS = {
    400: (
        "This form has expired",
        "It was opened before you signed in, or more than twelve hours ago. Nothing was changed. "
        "Go back, reload the page and repeat what you did.",
    ),
    403: (
        "Your role does not allow this",
        "Viewers read the log. Operators also open letters, which name people, and settle "
        "deliveries and signatures. The operator of this service can give you another role.",
    ),
    404: ("There is no such page", "The address may be mistyped, or the page no longer exists."),
    405: ("This page does not accept that request", "Go back and use the buttons of the page."),
    429: (
        "Too many attempts to sign in",
        "Wait {wait}, then try again. If you forgot your password, the person who runs this "
        "service can set a new one.",
    ),
    503: ("The database does not answer", "Nothing was changed. Try again in a moment."),
}

FROM_ELSEWHERE = {
    "title": "This form came from another website",
    "words": (
        "Another website sent it in your name. Nothing was changed. Open the page on this site "
        "and do it there."
    ),
}

log = get_logger(__name__)
blueprint = Blueprint("staff", __name__, url_prefix="/staff")


@blueprint.get("/")
def show_start() -> ResponseReturnValue:
    """Redirect to the delivery log."""
    return redirect(url_for("staff.list_all"))


def init_pages(app: Flask) -> None:
    """Register the portal's pages; the sign-in pages get the same headers and error pages."""
    app.register_blueprint(blueprint)
    for name in PORTAL_BLUEPRINTS:
        app.after_request_funcs.setdefault(name, []).append(set_headers)
        app.template_context_processors[name].append(give_roles)
        handlers = app.error_handler_spec[name]
        # For each code: the app's handler for a code takes precedence over a blueprint's for all.
        for code, kind in default_exceptions.items():
            handlers[code][kind] = show_http_error
        handlers[None].update(
            {
                TooManyRequests: show_too_many,
                UserError: show_user_error,
                Retryable: show_unavailable,
                PoolTimeout: show_unavailable,
                DBAPIError: show_database_error,
                Exception: show_failure,
            }
        )


def set_headers(response: Response) -> Response:
    """Forbid caching and indexing a staff page."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response


def give_roles() -> dict[str, Any]:
    """Return the template globals for checking the role of the signed-in user."""
    return {"may": may, "RoleName": RoleName}


def show_http_error(error: HTTPException) -> ResponseReturnValue:
    """Show an HTTP error in the portal's layout."""
    if isinstance(error, CSRFError):
        note_refusal("token")
    elif error.code == Forbidden.code:
        note_refusal("role")
    return _show(error.code or 500)


def show_user_error(error: UserError) -> ResponseReturnValue:
    """Show a UserError that no view has handled."""
    if isinstance(error, CrossSite):
        note_refusal("cross-site")
        return make_response(render_template("staff/error.html", **FROM_ELSEWHERE), error.status)
    return _show(error.status)


def show_too_many(error: TooManyRequests) -> ResponseReturnValue:
    """Show how long to wait before the next attempt to sign in."""
    note_refused_sign_in(read_email())
    response = _show(429, describe_wait(error.seconds))
    response.headers["Retry-After"] = str(error.seconds)
    return response


def show_unavailable(error: Exception) -> ResponseReturnValue:
    """Show that the database is unavailable for now."""
    log.warning("staff.unavailable", endpoint=request.endpoint, error=type(error).__name__)
    return _show(503)


def show_database_error(error: DBAPIError) -> ResponseReturnValue:
    """Show that the database is unavailable; any other database error is a bug."""
    return show_unavailable(error) if is_unavailable(error) else show_failure(error)


def show_failure(error: Exception) -> ResponseReturnValue:
    """Show an internal error, and log its traceback without messages, which may hold values."""
    log.error("staff.failed", endpoint=request.endpoint, exc_info=True)
    return _show(500)


def _show(code: int, wait: str = "") -> Response:
    title, words = WORDS.get(code, FAILED)
    page = render_template("staff/error.html", title=title, words=words.format(wait=wait))
    response = make_response(page, code)
    return response
