"""Lists of an organization's people as files: asked for, prepared in the background, given once."""

import base64
from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar

from flask import Response, url_for
from marshmallow import Schema, fields, validate

from petition.core.columns import LARGEST_ID
from petition.core.errors import InvalidInput, NotFound, UserError
from petition.error_messages.description import describe
from petition.models import ConsentPurpose, ExportFormat
from petition.partners.exports.export_askers import ExportAsker
from petition.partners.exports.export_download import open_download, write_file
from petition.partners.exports.export_list import ExportLine, GivenFile, list_exports
from petition.partners.exports.export_problems import ExportProblem
from petition.partners.exports.export_requests import ExportWish, ask_for_export
from petition.partners.exports.export_rows import CONTENT_TYPES
from petition.partners.tokens.idempotent_writes import WriteAnswer
from petition.partners.tokens.scopes import TokenScope
from petition.partners.tokens.token_check import TokenHolder
from petition.web.api.authorization import get_holder
from petition.web.api.bodies import StrictShape
from petition.web.api.endpoints import own_file, own_read, own_write
from petition.web.api.idempotency import do_once
from petition.web.api.people import SLUG
from petition.web.api.problems import EXACT, ApiRefusal, FieldError

T = TypeVar("T")
ONE = f"/exports/<int(max={LARGEST_ID}):number>"
STATES = ["preparing", "ready", "retry", "spent", "expired"]
# gzip would change the bytes that the hash is of.
HEADERS = {"Cache-Control": "no-store, no-transform"}


class ExportWrite(StrictShape):
    """Which list is asked for."""

    purpose = fields.String(
        required=True,
        validate=validate.OneOf([purpose.value for purpose in ConsentPurpose]),
        metadata={"description": "What they consented to."},
    )
    format = fields.String(
        load_default=ExportFormat.CSV.value,
        validate=validate.OneOf([form.value for form in ExportFormat]),
    )
    campaign = fields.String(
        validate=validate.Regexp(SLUG),
        metadata={"description": "Only those who consented in this campaign."},
    )
    since = fields.String(
        validate=validate.Regexp(r"^\d{4}-\d{2}-\d{2}$"),
        metadata={"description": "Only consents given on or after this day (UTC)."},
    )


class ExportAskedShape(Schema):
    """The list that will be prepared."""

    id = fields.Integer(required=True)
    url = fields.String(required=True, metadata={"description": "Where to ask how far it is."})


class ExportFileShape(Schema):
    """A file that was given out; null figures where it broke off."""

    number = fields.Integer(required=True)
    began_at = fields.AwareDateTime(required=True)
    people = fields.Integer(required=True, allow_none=True)
    sha256 = fields.String(required=True, allow_none=True)


class ExportShape(Schema):
    """How far a list is; ``retry``: it was given out, and may be once more."""

    id = fields.Integer(required=True)
    state = fields.String(required=True, metadata={"enum": STATES})
    purpose = fields.String(required=True)
    format = fields.String(required=True)
    campaign = fields.String(required=True, allow_none=True)
    since = fields.AwareDateTime(required=True, allow_none=True)
    total = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "People found; null until it is begun."},
    )
    counted = fields.Integer(required=True, metadata={"description": "Prepared so far."})
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    retry_until = fields.AwareDateTime(required=True, allow_none=True)
    files = fields.List(fields.Nested(ExportFileShape), required=True)


@own_write(
    "/exports",
    ExportWrite,
    ExportAskedShape,
    "Ask for a list of your people",
    TokenScope.EXPORT,
    example={"purpose": "updates", "format": "csv"},
)
def ask_export(body: dict[str, Any]) -> Any:
    """Ask for a file of the people who consented to your organization.

    It is prepared in the background. Only the token that asked can take it, once.
    """
    holder = get_holder()
    wish = ExportWish(
        body["purpose"], body["format"], body.get("campaign", ""), body.get("since", "")
    )
    return do_once(lambda: _ask(holder, wish))


@own_read(ONE, ExportShape, "How far a list is", TokenScope.EXPORT, refuses=(404,))
def show_export(asked: dict[str, Any], number: int) -> Any:
    """Show how far a list is that this token asked for, and the hash of each file given out."""
    found = _find(get_holder(), number)
    return {
        "id": found.id,
        "state": found.state,
        "purpose": found.purpose.value,
        "format": found.format.value,
        "campaign": found.campaign,
        "since": found.since,
        "total": found.total,
        "counted": found.counted,
        "expires_at": found.expires_at,
        "retry_until": found.retry_until,
        "files": [_describe(file) for file in found.files],
    }


@own_file(
    f"{ONE}/file",
    [kind.partition(";")[0] for kind in CONTENT_TYPES.values()],
    "Take the file",
    TokenScope.EXPORT,
)
def take_export_file(number: int) -> Response:
    """Take the file of a list that is ready: once, and once more within ten minutes.

    Each person's consent is read at this moment. `Content-Digest` has the SHA-256 of the bytes.
    It takes no `Idempotency-Key`, since nothing of a file is kept for a repeat: if it did not
    arrive, send the same again.
    """
    holder = get_holder()
    found = _find(holder, number)
    asker = ExportAsker(token_id=holder.token_id)
    download = _refuse_as_told(lambda: open_download(holder.organization_id, found.id, asker))
    # Whole, in memory: the hash goes before the bytes, and no file with people is on the disk.
    content = b"".join(write_file(download))
    answer = Response(content, content_type=download.content_type, headers=HEADERS)
    answer.headers["Content-Disposition"] = f'attachment; filename="{download.file_name}"'
    answer.headers["Content-Digest"] = write_digest(content)
    return answer


def write_digest(content: bytes) -> str:
    """Return the SHA-256 of bytes as RFC 9530 spells it."""
    return f"sha-256=:{base64.b64encode(sha256(content).digest()).decode()}:"


def _ask(holder: TokenHolder, wish: ExportWish) -> WriteAnswer:
    asker = ExportAsker(token_id=holder.token_id)
    made = _refuse_as_told(lambda: ask_for_export(holder.organization_id, asker, wish))
    return WriteAnswer(202, {"id": made, "url": url_for("api.show_export", number=made)})


def _find(holder: TokenHolder, number: int) -> ExportLine:
    """Return a list that this token asked for; any other is unknown to it."""
    for line in list_exports(holder.organization_id, number):
        if line.token_id == holder.token_id:
            return line
    raise NotFound(ExportProblem.NOT_FOUND)


def _refuse_as_told(act: Callable[[], T]) -> T:
    """Return what is done; raises ApiRefusal with the pointer or the code of what is wrong."""
    try:
        return act()
    except InvalidInput as refused:
        errors = [
            FieldError(describe(problem), pointer=f"#/{name}")
            for name, problem in refused.problems.items()
        ]
        raise ApiRefusal(422, "invalid-input", errors=errors) from None
    except UserError as refused:
        if refused.problem.code not in EXACT:
            raise
        code = refused.problem.code.value
        raise ApiRefusal(EXACT[code][0], code) from None


def _describe(file: GivenFile) -> dict[str, Any]:
    return {
        "number": file.number,
        "began_at": file.began_at,
        "people": file.people,
        "sha256": file.sha256,
    }
