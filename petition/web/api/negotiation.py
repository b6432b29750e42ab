"""What every request and every answer of the API must be: JSON, without a session or a cookie."""

from flask import Blueprint, Flask, Response, request

from petition.web.api.authorization import identify, write_quota
from petition.web.api.endpoints import FILES, PREFLIGHT, PUBLIC, PUBLIC_CACHE, mark_answer
from petition.web.api.problems import ApiRefusal, is_api
from petition.web.api.service import blueprint

JSON = "application/json"
# Names under which a token may be sent in an address, where logs and histories would keep it.
IN_ADDRESS = frozenset({"token", "access_token", "api_key", "apikey", "key", "authorization"})
WITH_BODY = ("POST", "PUT", "PATCH")
READS = ("GET", "HEAD")
KEPT_BY_NONE = "no-store"
HTML_ALLOWED = frozenset({"api_docs.show_docs"})


def check_request() -> None:
    """Refuse what no view could answer, and count the request; raises ApiRefusal."""
    if request.method == "OPTIONS":
        return
    identify()
    if IN_ADDRESS.intersection(name.casefold() for name in request.args):
        raise ApiRefusal(400, "token-in-address")
    if request.endpoint in FILES:
        if request.get_data():
            raise ApiRefusal(400, detail="This address takes no body.")
        return
    if request.endpoint not in HTML_ALLOWED and not request.accept_mimetypes[JSON]:
        # Without the header everything is accepted.
        if request.headers.get("Accept"):
            raise ApiRefusal(406)
    if request.method in WITH_BODY and request.mimetype != JSON:
        raise ApiRefusal(415)


def finish_answer(response: Response) -> Response:
    """Add the headers of an answer, and its ETag; answer 304 to whoever has it already."""
    is_public = request.endpoint in PUBLIC
    write_quota(response)
    if is_public:
        mark_answer(response)
    if request.method == "OPTIONS":
        if is_public:
            response.headers.update(PREFLIGHT)
        response.status_code = 204
        response.headers.pop("Content-Type", None)
        response.headers.pop("Content-Length", None)
        return response
    is_read = request.method in READS and response.status_code == 200
    response.headers.setdefault(
        "Cache-Control", PUBLIC_CACHE if is_public and is_read else KEPT_BY_NONE
    )
    if is_read:
        response.add_etag()
        response.make_conditional(request)
    return response


def drop_page(response: Response) -> Response:
    """Empty what Flask itself writes as a page, such as that of a redirect to a clean address."""
    html = response.mimetype == "text/html" and request.endpoint not in HTML_ALLOWED
    if is_api(request.path) and html:
        response.set_data(b"")
        response.headers.pop("Content-Type", None)
    return response


def init_negotiation(app: Flask) -> None:
    """Let every answer below the API's path be one for programs, also where there is no view."""
    app.after_request(drop_page)


def guard_blueprint(guarded: Blueprint) -> None:
    """Check the requests of a blueprint, and finish its answers."""
    guarded.before_request(check_request)
    guarded.after_request(finish_answer)


guard_blueprint(blueprint)
