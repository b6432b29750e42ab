"""The stream of changes of consents to an organization, and the note of what it has applied."""

from typing import Any

from marshmallow import Schema, fields, validate

from petition.core.columns import LARGEST_ID
from petition.core.errors import NotFound
from petition.partners.feed.applied_changes import acknowledge, find_owed, get_applied
from petition.partners.feed.changes import NamedChange, find_last_number, read_named_changes
from petition.partners.people.person_ids import name_consent, name_person
from petition.partners.tokens.idempotent_writes import WriteAnswer
from petition.partners.tokens.scopes import TokenScope
from petition.web.api.authorization import get_holder
from petition.web.api.bodies import StrictShape, WholeNumber
from petition.web.api.endpoints import own_read, own_write
from petition.web.api.idempotency import do_once
from petition.web.api.paging import LARGEST_LIMIT, USUAL_LIMIT, write_page
from petition.web.api.problems import ApiRefusal, FieldError
from petition.web.api.public_shapes import write_next

AHEAD = (
    "Your number is ahead of the stream: the service was restored from a backup. Read again from 0."
)
UNKNOWN = "No change has this number. Take it from the stream."


class ChangesQuery(StrictShape):
    """Which part of the stream."""

    limit = fields.Integer(
        load_default=USUAL_LIMIT,
        validate=validate.Range(1, LARGEST_LIMIT),
        metadata={"description": "How many items at most."},
    )
    after = fields.Integer(
        load_default=0,
        validate=validate.Range(0, LARGEST_ID),
        metadata={"description": "The number of the last change that you have applied."},
    )


class ChangeShape(Schema):
    """One change; ``erased`` and ``withdrawn`` mean: remove what you hold of this person."""

    number = fields.Integer(required=True)
    kind = fields.String(
        required=True,
        metadata={"enum": ["given", "withdrawn", "erased", "bounced", "corrected"]},
    )
    at = fields.AwareDateTime(required=True)
    purpose = fields.String(required=True)
    campaign = fields.String(required=True)
    identifiers = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "The person, as people names them."},
    )
    consent = fields.String(
        required=True, metadata={"description": "The consent, as lists that you download name it."}
    )


class ChangesShape(Schema):
    """A part of the stream, in its order."""

    items = fields.List(fields.Nested(ChangeShape), required=True)
    next = write_next()
    last = fields.Integer(
        required=True, metadata={"description": "The number of the newest change."}
    )
    applied = fields.Integer(
        required=True, metadata={"description": "The number that you acknowledged last."}
    )


class AppliedWrite(StrictShape):
    """Up to which change what you hold is right."""

    number = WholeNumber(required=True, validate=validate.Range(0, LARGEST_ID))


class AppliedShape(Schema):
    """What is noted, and what is still owed."""

    applied = fields.Integer(required=True)
    owed = fields.Integer(
        required=True, metadata={"description": "Withdrawals that are not applied yet."}
    )
    exports_locked = fields.Boolean(required=True)


@own_read(
    "/consents/changes",
    ChangesShape,
    "Changes of consents",
    TokenScope.CONSENTS_READ,
    query=ChangesQuery,
)
def list_consent_changes(asked: dict[str, Any]) -> Any:
    """List what changed for your organization since a number, in one order without gaps.

    Apply each change, then acknowledge the last number at `/consents/applied`.
    """
    holder = get_holder()
    last = find_last_number(holder.organization_id)
    if asked["after"] > last:
        raise ApiRefusal(400, "invalid-input", errors=[FieldError(AHEAD, parameter="after")])
    found = read_named_changes(holder.organization_id, asked["after"], asked["limit"] + 1)
    items = [_describe(change, holder.organization_id) for change in found]
    return write_page(
        items,
        asked,
        lambda item: str(item["number"]),
        last=last,
        applied=get_applied(holder.organization_id),
    )


@own_write(
    "/consents/applied",
    AppliedWrite,
    AppliedShape,
    "Acknowledge changes",
    TokenScope.CONSENTS_READ,
    example={"number": 1},
)
def acknowledge_changes(body: dict[str, Any]) -> Any:
    """Say that you have applied all changes up to a number; a lower one than before does nothing.

    A withdrawal that is not applied within 72 hours locks your exports until it is.
    """
    holder = get_holder()
    return do_once(lambda: _acknowledge(holder.organization_id, body["number"]))


def _acknowledge(organization_id: int, number: int) -> WriteAnswer:
    try:
        applied = acknowledge(organization_id, number)
    except NotFound:
        fault = FieldError(UNKNOWN, pointer="#/number")
        raise ApiRefusal(422, "invalid-input", errors=[fault]) from None
    owed = find_owed(organization_id)
    return WriteAnswer(
        202, {"applied": applied, "owed": owed.count, "exports_locked": owed.is_locked}
    )


def _describe(change: NamedChange, organization_id: int) -> dict[str, Any]:
    return {
        "number": change.number,
        "kind": change.kind,
        "at": change.at,
        "purpose": change.purpose,
        "campaign": change.campaign,
        "identifiers": [name_person(organization_id, change.signature_id)],
        "consent": name_consent(organization_id, change.consent_id),
    }
