"""Finds the stored set of the offers that a campaign shows now, which each signature names.

- A set is stored as offers change, or as an organization is suspended or resumed
  (``store_offer_set``), at the latest the first time that it is
  shown, in a transaction of its own: a signing only writes its number, and no row for each offer.
- A campaign that offers nothing has none: an offer that is made later was not shown to whoever
  signed before it.
- The campaign's snapshot is used for a second (open_campaigns.py), so a signature may name the set
  of a second before.
"""

import json
from hashlib import sha256

from sqlalchemy import Connection, bindparam, select

from petition.core.database import insert_in
from petition.core.extensions import core_statements, core_transaction, keep_for_app
from petition.models import ConsentOffer, OfferSet, Organization, OrganizationState

EXTENSION = "hundredth-offer-sets"
_OFFERS = (
    select(ConsentOffer.id)
    .join(Organization, Organization.id == ConsentOffer.organization_id)
    .where(
        ConsentOffer.campaign_id == bindparam("campaign_id"),
        ConsentOffer.retired_at.is_(None),
        # One that is suspended is on no page.
        Organization.state == OrganizationState.APPROVED,
    )
    .order_by(ConsentOffer.id)
)
_SET = select(OfferSet.id).where(
    OfferSet.campaign_id == bindparam("campaign_id"), OfferSet.digest == bindparam("digest")
)


def list_offer_ids(connection: Connection, campaign_id: int) -> tuple[int, ...]:
    """Return the ids of the offers that a campaign shows now, in order."""
    return tuple(connection.scalars(_OFFERS, {"campaign_id": campaign_id}))


def find_offer_set(campaign_id: int, offers: tuple[int, ...]) -> int | None:
    """Return the id of a campaign's set of these offers, stored once this returns; None for none.

    - Raises DatabaseUnavailable.
    """
    if not offers:
        return None
    known: dict[tuple[int, tuple[int, ...]], int] = keep_for_app(EXTENSION, dict)
    key = campaign_id, offers
    if key not in known:
        known[key] = _find(campaign_id, offers)
    return known[key]


def store_offer_set(connection: Connection, campaign_id: int) -> None:
    """Store the set that a campaign shows from now on. The caller commits."""
    offers = list_offer_ids(connection, campaign_id)
    if offers:
        _store(connection, campaign_id, offers)


def _find(campaign_id: int, offers: tuple[int, ...]) -> int:
    which = {"campaign_id": campaign_id, "digest": _digest(offers)}
    with core_statements() as connection:
        found: int | None = connection.scalar(_SET, which)
    if found is None:
        with core_transaction() as connection:
            _store(connection, campaign_id, offers)
            found = connection.execute(_SET, which).scalar_one()
    return found


def _store(connection: Connection, campaign_id: int, offers: tuple[int, ...]) -> None:
    row = {"campaign_id": campaign_id, "digest": _digest(offers), "offers": list(offers)}
    connection.execute(
        insert_in(connection.dialect.name, OfferSet).values(row).on_conflict_do_nothing()
    )


def _digest(offers: tuple[int, ...]) -> str:
    return sha256(json.dumps(offers).encode()).hexdigest()
