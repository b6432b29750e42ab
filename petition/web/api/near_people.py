"""People near a base of the organization who allowed it to contact them: the portal's look-up."""

from datetime import date
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select

from petition.core.extensions import db
from petition.models import AccessKind, Campaign, ConsentOffer, ConsentPurpose
from petition.partners.lookups.near_cells import NearFilter
from petition.partners.lookups.near_counts import find_near_count
from petition.partners.lookups.near_people import NearPage, NearPerson, look_up
from petition.partners.lookups.origins import NearOrigin, find_origin
from petition.partners.people.person_ids import (
    IDENTIFIER,
    name_person,
    read_base,
    read_cursor,
    write_cursor,
)
from petition.partners.tokens.scopes import TokenScope
from petition.partners.tokens.token_check import TokenHolder
from petition.web.api.authorization import get_holder
from petition.web.api.bodies import StrictShape
from petition.web.api.endpoints import own_read
from petition.web.api.paging import CURSOR, LONGEST_CURSOR, name_next
from petition.web.api.people import SLUG
from petition.web.api.problems import ApiRefusal, FieldError
from petition.web.api.public_shapes import write_next
from petition.web.ratelimit.look_up_limits import count_look_up

# Of its cursors; no purpose has a space, so none of `people` is taken.
LIST = "people near"
DAY = r"^\d{4}-\d{2}-\d{2}$"


class NearQuery(StrictShape):
    """Whom to look for; a look-up begins at a base, and no other point can be given."""

    base = fields.String(
        validate=validate.Regexp(IDENTIFIER),
        metadata={"description": "The id of one of your bases; the first if left out."},
    )
    campaign = fields.String(
        validate=validate.Regexp(SLUG),
        metadata={"description": "Only those who signed this letter."},
    )
    since = fields.String(
        validate=validate.Regexp(DAY),
        metadata={"description": "Only those who allowed it on or after this day (UTC)."},
    )
    comment = fields.String(
        load_default="false",
        validate=validate.OneOf(["true", "false"]),
        metadata={"description": "true: only those whose published words may be shown."},
    )
    after = fields.String(
        validate=[validate.Length(1, LONGEST_CURSOR), validate.Regexp(CURSOR)],
        metadata={"description": "The page after this one; take it from `next`."},
    )


class NearPersonShape(Schema):
    """A person near the base, as the portal shows them."""

    identifiers = fields.List(fields.String(), required=True)
    name = fields.String(
        required=True,
        metadata={"description": "First name and initial; the full name if they allow updates."},
    )
    locality = fields.String(required=True)
    campaign = fields.String(required=True, metadata={"description": "Its title."})
    language = fields.String(required=True)
    comment = fields.String(required=True, metadata={"description": "Their published words."})
    since = fields.AwareDateTime(required=True)
    takes_mail = fields.Boolean(
        required=True, metadata={"description": "Whether a message by the portal reaches them."}
    )
    email = fields.String(
        required=True, allow_none=True, metadata={"description": "Null unless they allow updates."}
    )


class NearCellShape(Schema):
    """An area of about 5 square kilometers, and how many people are in it."""

    latitude = fields.Float(required=True, metadata={"description": "Of its center, in degrees."})
    longitude = fields.Float(required=True)
    people = fields.Integer(required=True)


class AroundShape(Schema):
    """All who signed in an area some 40 km across, in tens, from ten up; taken once a day."""

    people = fields.Integer(required=True)
    day = fields.Date(required=True)


class NearShape(Schema):
    """A page of people, nearest area first, and all areas that have any."""

    items = fields.List(fields.Nested(NearPersonShape), required=True)
    next = write_next()
    total = fields.Integer(required=True, metadata={"description": "People in all areas."})
    restarted = fields.Boolean(
        required=True,
        metadata={"description": "The page began again: the person before it has left."},
    )
    cells = fields.List(fields.Nested(NearCellShape), required=True)
    around = fields.Nested(AroundShape, required=True, allow_none=True)


@own_read(
    "/people/near",
    NearShape,
    "People near you",
    TokenScope.PEOPLE_READ,
    query=NearQuery,
    refuses=(409,),
)
def list_near_people(asked: dict[str, Any]) -> Any:
    """Look up the people near a base of yours who allowed you to contact them, nearest area first.

    Each page has 50 people, is one look-up of those that your organization has (by the portal and
    by all its tokens together), and is noted and shown to each of them.
    """
    holder = get_holder()
    chosen, after = _read_filter(asked, holder), _read_after(asked, holder)
    origin = _find_origin(asked, holder)
    wait = count_look_up(holder.organization_id, holder.actor)
    if wait:
        raise ApiRefusal(429, "look-ups-spent", headers={"Retry-After": str(wait)})
    page = look_up(
        holder.organization_id,
        origin,
        chosen,
        actor=holder.actor,
        after=after,
        kind=AccessKind.API,
    )
    return _write(page, origin, holder.organization_id)


def _write(page: NearPage, origin: NearOrigin, organization_id: int) -> Any:
    around = find_near_count(origin)
    address = None
    if page.after is not None:
        address = name_next(write_cursor(organization_id, LIST, page.after))
    shown = {
        "items": [_describe(person, organization_id) for person in page.people],
        "next": address,
        "total": page.total,
        "restarted": page.restarted,
        "cells": [
            {"latitude": cell.center[0], "longitude": cell.center[1], "people": cell.people}
            for cell in page.cells
        ],
        "around": around and {"people": around[0], "day": around[1]},
    }
    return shown, 200, {"Link": f'<{address}>; rel="next"'} if address else {}


def _describe(person: NearPerson, organization_id: int) -> dict[str, Any]:
    return {
        "identifiers": [name_person(organization_id, person.signature_id)],
        "name": person.name,
        "locality": person.locality,
        "campaign": person.campaign,
        "language": person.language,
        "comment": person.words,
        "since": person.since,
        "takes_mail": person.takes_mail,
        "email": person.email,
    }


def _find_origin(asked: dict[str, Any], holder: TokenHolder) -> NearOrigin:
    """Return where to look from; raises ApiRefusal for no base in use, and for any but one's own.

    - A base that waits, that was given up or that is another's is answered as one that never was.
    """
    base_id = read_base(asked["base"], holder.organization_id) if "base" in asked else None
    origin = find_origin(holder.organization_id, base_id=base_id)
    db.session.rollback()
    if origin is not None:
        return origin
    if base_id is None:
        raise ApiRefusal(409, "base-missing")
    fault = FieldError("It is no base of yours in use; see /organization.", parameter="base")
    raise ApiRefusal(400, "invalid-input", errors=[fault])


def _read_filter(asked: dict[str, Any], holder: TokenHolder) -> NearFilter:
    """Return what is looked for; raises ApiRefusal for no day, and for another's campaign."""
    wrong, since, campaign_id = [], None, None
    if "since" in asked:
        try:
            since = date.fromisoformat(asked["since"])
        except ValueError:
            wrong.append(FieldError("There is no such day.", parameter="since"))
    if "campaign" in asked:
        campaign_id = _find_campaign(asked["campaign"], holder.organization_id)
        if campaign_id is None:
            detail = "Your organization asked no one in this campaign whether it may contact them."
            wrong.append(FieldError(detail, parameter="campaign"))
    if wrong:
        raise ApiRefusal(400, "invalid-input", errors=wrong)
    return NearFilter(campaign_id, since, asked["comment"] == "true")


def _find_campaign(slug: str, organization_id: int) -> int | None:
    return db.session.scalar(
        select(Campaign.id)
        .join(ConsentOffer, ConsentOffer.campaign_id == Campaign.id)
        .where(
            Campaign.slug == slug,
            ConsentOffer.organization_id == organization_id,
            ConsentOffer.purpose == ConsentPurpose.CONTACT,
        )
        .limit(1)
    )


def _read_after(asked: dict[str, Any], holder: TokenHolder) -> int | None:
    if "after" not in asked:
        return None
    after = read_cursor(asked["after"], holder.organization_id, LIST)
    if after is None:
        fault = FieldError("Take it from a page of this list.", parameter="after")
        raise ApiRefusal(400, "invalid-input", errors=[fault])
    return after
