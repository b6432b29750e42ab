"""Every refusal of the API is a problem of RFC 9457, ``application/problem+json``.

- ``type`` is the address of its explanation, ``code`` the last part of that. ``errors`` name what
  is wrong in the request: ``pointer`` (RFC 6901, with ``#``) in a body, or ``parameter``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from flask import Response, json

from petition.core.extensions import get_settings

PREFIX = "/api/v1"
DOCS = f"{PREFIX}/docs"
MEDIA_TYPE = "application/problem+json"
# What is said of each status, where nothing more exact is known.
WORDS: dict[int, tuple[str, str]] = {
    400: ("Bad request", "The request could not be read."),
    401: ("Not authorized", "This needs a token: Authorization: Bearer, then the token."),
    403: ("Forbidden", "This token does not allow that."),
    404: ("Not found", "There is nothing at this address."),
    405: ("Method not allowed", "This address takes only the methods that Allow lists."),
    406: ("Not acceptable", "Answers are JSON; Accept must allow application/json."),
    409: ("Conflict", "The same request is being worked on. Send it again in a second."),
    413: ("Too large", "The body is larger than 32 kB. Nothing was stored."),
    415: ("Unsupported media type", "Send a body as application/json."),
    422: ("Invalid input", "Something in the request is not valid; see errors."),
    429: ("Too many requests", "Wait for as many seconds as Retry-After says."),
    500: ("Failed", "This is our fault. It was recorded so that we can fix it."),
    503: ("Unavailable", "Nothing was stored. Send the request again in some seconds."),
}
CODES = {
    400: "bad-request",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid-input",
    429: "too-many-requests",
    500: "failed",
    503: "unavailable",
}
# More exact ones, each with its status and what is said of it.
EXACT: dict[str, tuple[int, str]] = {
    "malformed-json": (400, "The body is not valid JSON in UTF-8."),
    "token-in-address": (
        400,
        "Send a token in the header Authorization, never in an address: logs keep addresses. "
        "Revoke this one.",
    ),
    "key-refused": (400, "An Idempotency-Key is 1 to 200 printable ASCII characters."),
    "token-refused": (401, "This token is not known, has expired or was revoked."),
    "organization-suspended": (403, "This organization may not use the API at present."),
    "scope-missing": (403, "This token was not made for that."),
    "campaign-not-open": (403, "The campaign takes no signatures now."),
    "write-in-progress": (409, WORDS[409][1]),
    "base-missing": (
        409,
        "Your organization has published no base, so no one is near it. An owner sets one on the "
        "portal.",
    ),
    "exports-locked": (
        409,
        "Lists are locked: withdrawals wait for longer than 72 hours. Apply them, then acknowledge "
        "the number at /consents/applied.",
    ),
    "export-too-many": (409, "Your organization has five lists that no one has downloaded yet."),
    "export-not-ready": (409, "The list is still being prepared. Ask how far it is first."),
    "export-under-way": (409, "This list is being given out. Wait two minutes if that broke off."),
    "export-spent": (409, "This list was given out. Ask for another."),
    "export-expired": (409, "This list has expired. Ask for another."),
    "text-mended": (409, "The text that was shown is not the campaign's text of now."),
    "webhook-not-ready": (409, "This webhook is off, or too many events wait for it."),
    "key-reused": (422, "This Idempotency-Key was used for another request. Use a new one."),
    "look-ups-spent": (429, "Your organization has used its look-ups of people near it for now."),
}
# A person who reads a page is told of these in words that fit no program.
ALWAYS_OURS = (429, 500, 503)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault of a request: ``pointer`` in its body, or ``parameter`` of its address."""

    detail: str
    pointer: str = ""
    parameter: str = ""


class ApiRefusal(Exception):
    """A request that the API refuses; ``code`` and ``detail`` are those of the status if empty."""

    # Not a frozen dataclass: context managers set __traceback__ on the exceptions they pass on.
    def __init__(
        self,
        status: int,
        code: str = "",
        detail: str = "",
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code or status)
        self.status = status
        self.code = code
        self.detail = detail or (EXACT[code][1] if code in EXACT else "")
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


def is_api(path: str) -> bool:
    """Return whether a path is the API's, existing or not."""
    return path == "/api" or path.startswith("/api/")


def show_refusal(refusal: ApiRefusal) -> Response:
    """Return the problem of a refusal."""
    return write_problem(
        refusal.status,
        refusal.code,
        detail=refusal.detail,
        errors=refusal.errors,
        headers=refusal.headers,
    )


def write_problem(
    status: int,
    code: str = "",
    *,
    title: str = "",
    detail: str = "",
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem; what is empty is said as for its status."""
    own_title, own_detail = WORDS.get(status, WORDS[400])
    code = code or CODES.get(status, CODES[400])
    if status in ALWAYS_OURS and code not in EXACT:
        title, detail = own_title, own_detail
    problem: dict[str, object] = {
        "type": f"{get_settings().public_url.rstrip('/')}{DOCS}#problem-{code}",
        "title": title or own_title,
        "status": status,
        "code": code,
        "detail": detail or own_detail,
    }
    if errors:
        problem["errors"] = [
            {name: value for name, value in asdict(error).items() if value} for error in errors
        ]
    response = Response(json.dumps(problem), status=status, content_type=MEDIA_TYPE)
    response.headers.update(headers or {})
    response.headers["Cache-Control"] = "no-store"
    return response
