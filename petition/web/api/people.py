"""The people who consented to the token's organization, in OSDI's shape."""

from dataclasses import asdict
from typing import Any

from marshmallow import fields, validate

from petition.partners.people.people_pages import ListedPerson, read_people
from petition.partners.people.person_ids import read_cursor, write_cursor
from petition.partners.tokens.scopes import TokenScope
from petition.web.api.authorization import get_holder
from petition.web.api.endpoints import own_read
from petition.web.api.paging import PageQuery, name_next
from petition.web.api.person_shapes import COUNTRY, PURPOSE, PeopleShape
from petition.web.api.problems import ApiRefusal, FieldError

UPDATES = "updates"
SLUG = r"^[a-z0-9-]{1,100}$"


class PeopleQuery(PageQuery):
    """Whom to list."""

    purpose = fields.String(
        load_default=UPDATES,
        validate=validate.Regexp(PURPOSE),
        metadata={"description": "What they consented to: updates, contact, or one of your own."},
    )
    campaign = fields.String(
        validate=validate.Regexp(SLUG),
        metadata={"description": "Only those who consented in this campaign."},
    )


@own_read("/people", PeopleShape, "Your people", TokenScope.PEOPLE_READ, query=PeopleQuery)
def list_people(asked: dict[str, Any]) -> Any:
    """List the people who consented to your organization; each page is noted, and shown to them.

    Their e-mail address and whole name are given for `updates`, whose wording says so.
    """
    holder, purpose = get_holder(), asked["purpose"]
    after = None
    if "after" in asked:
        after = read_cursor(asked["after"], holder.organization_id, purpose)
        if after is None:
            fault = FieldError("Take it from a page of this list.", parameter="after")
            raise ApiRefusal(400, "invalid-input", errors=[fault])
    page = read_people(
        holder.organization_id,
        purpose,
        actor=holder.actor,
        campaign=asked.get("campaign"),
        after=after,
        limit=asked["limit"],
    )
    items = [_describe(person) for person in page.people]
    if page.next_after is None:
        return {"items": items, "next": None}
    address = name_next(write_cursor(holder.organization_id, purpose, page.next_after))
    return {"items": items, "next": address}, 200, {"Link": f'<{address}>; rel="next"'}


def _describe(person: ListedPerson) -> dict[str, Any]:
    emails = [{"address": person.email, "primary": True}] if person.email else []
    place = {"locality": person.locality, "region": person.region, "country": COUNTRY}
    return {
        "identifiers": [person.identifier],
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email_addresses": emails,
        "postal_addresses": [place],
        "consents": [asdict(consent) for consent in person.consents],
    }
