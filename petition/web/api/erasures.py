"""An organization reports that a person asked it to be erased."""

from typing import Any

from marshmallow import Schema, fields, validate

from petition.partners.people.person_ids import IDENTIFIER
from petition.partners.tokens.idempotent_writes import WriteAnswer
from petition.partners.tokens.scopes import TokenScope
from petition.partners.tokens.token_check import TokenHolder
from petition.signers.leave_group import report_erasure
from petition.web.api.authorization import get_holder
from petition.web.api.bodies import StrictShape
from petition.web.api.endpoints import own_write
from petition.web.api.idempotency import do_once

NOTED = "noted"
EXAMPLE = "hundredth:" + "0123456789abcdef" * 3


class ErasureWrite(StrictShape):
    """Who asked your organization to be erased."""

    identifier = fields.String(
        required=True,
        validate=validate.Regexp(IDENTIFIER),
        metadata={"description": "One of a person's `identifiers`, or that of a list's row."},
    )


class ErasureShape(Schema):
    """The same for whoever is named: what ended is in your stream of changes."""

    status = fields.String(required=True, metadata={"enum": [NOTED]})


@own_write(
    "/people/erasures",
    ErasureWrite,
    ErasureShape,
    "Report an erasure",
    TokenScope.ERASE,
    example={"identifier": EXAMPLE},
)
def report_person_erasure(body: dict[str, Any]) -> Any:
    """Report that one of your people asked your organization to erase them.

    All that they allowed your organization ends at once, as if they had withdrawn it; their private
    page says that you reported it. Their signature stays: only they can withdraw it. Safe to
    repeat. The answer is the same for an identifier of nobody.
    """
    holder = get_holder()
    return do_once(lambda: _report(holder, body["identifier"]))


def _report(holder: TokenHolder, identifier: str) -> WriteAnswer:
    report_erasure(holder.organization_id, identifier, actor=holder.actor)
    return WriteAnswer(202, {"status": NOTED})
