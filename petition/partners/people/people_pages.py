"""A page of the people who consented to an organization for a purpose; each page is an access.

- What the wording of a purpose says is what is given: of ``updates`` name, town and e-mail address;
  of any other the first name, the initial of the last, and the town.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from petition.core.extensions import transaction
from petition.models import AccessKind, Campaign, Consent, ConsentPurpose, Person, Signature
from petition.models.signatures.person import skip_broken
from petition.partners.consents.accesses import record_access
from petition.partners.consents.visible import select_visible
from petition.partners.people.person_ids import name_person


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """One consent of a person, in force, to the organization that asks."""

    purpose: str
    offer: int
    campaign: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """A person as an organization's programs get them; ``email`` is empty unless it is given."""

    identifier: str
    given_name: str
    family_name: str
    email: str
    locality: str
    region: str
    consents: list[GivenConsent]


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Some people, and the consent after which the next page begins; None on the last."""

    people: list[ListedPerson]
    next_after: int | None


def read_people(
    organization_id: int,
    purpose: str,
    *,
    actor: str,
    campaign: str | None,
    after: int | None,
    limit: int,
) -> PeoplePage:
    """Return a page of people in the order of their consents, and write down that they were taken.

    - Whoever is being changed at this moment is left out; the change itself will be told.
    """
    with transaction() as session:
        rows = _select(session, organization_id, purpose, campaign, after, limit + 1)
        page = rows[:limit]
        filters = {"campaign": campaign} if campaign else {}
        seen = record_access(
            session,
            organization_id=organization_id,
            actor=actor,
            kind=AccessKind.API,
            purpose=purpose,
            filters=filters,
            consent_ids=[consent_id for consent_id, _ in page],
        )
        taken = {signature_id for consent_id, signature_id in page if consent_id in set(seen)}
        consents = _list_consents(session, organization_id, taken)
        people = _read_persons(session, taken)
        listed = [
            _describe(organization_id, purpose, signature_id, people[signature_id], consents)
            for _, signature_id in page
            if signature_id in people
        ]
    return PeoplePage(listed, page[-1][0] if len(rows) > limit else None)


def _select(
    session: Session,
    organization_id: int,
    purpose: str,
    campaign: str | None,
    after: int | None,
    limit: int,
) -> list[tuple[int, int]]:
    """Return consents with their signatures, one of each signature: the first in force."""
    earlier = aliased(Consent)
    query = select_visible(organization_id, purpose).where(
        ~exists().where(
            earlier.signature_id == Consent.signature_id,
            earlier.organization_id == organization_id,
            earlier.purpose == purpose,
            earlier.withdrawn_at.is_(None),
            earlier.id < Consent.id,
        )
    )
    if campaign is not None:
        found = select(Campaign.id).where(Campaign.slug == campaign)
        query = query.where(Consent.campaign_id == found.scalar_subquery())
    if after is not None:
        query = query.where(Consent.id > after)
    rows = session.execute(query.order_by(Consent.id).limit(limit))
    return [(row.consent_id, row.signature_id) for row in rows]


def _read_persons(session: Session, signature_ids: set[int]) -> dict[int, Person]:
    rows = session.execute(
        select(Signature.id, Signature.person).where(Signature.id.in_(signature_ids))
    )
    return {row.id: row.person for row in rows if skip_broken(row.person) is not None}


def _list_consents(
    session: Session, organization_id: int, signature_ids: set[int]
) -> dict[int, list[GivenConsent]]:
    rows = session.execute(
        select(Consent, Campaign.slug)
        .join(Campaign, Campaign.id == Consent.campaign_id)
        .where(
            Consent.signature_id.in_(signature_ids),
            Consent.organization_id == organization_id,
            Consent.withdrawn_at.is_(None),
        )
        .order_by(Consent.id)
    )
    found: dict[int, list[GivenConsent]] = {}
    for consent, slug in rows:
        given = GivenConsent(consent.purpose, consent.offer_id, slug, consent.given_at)
        found.setdefault(consent.signature_id, []).append(given)
    return found


def _describe(
    organization_id: int,
    purpose: str,
    signature_id: int,
    person: Person,
    consents: dict[int, list[GivenConsent]],
) -> ListedPerson:
    is_whole = purpose == ConsentPurpose.UPDATES
    family = person.family_name.strip()
    return ListedPerson(
        identifier=name_person(organization_id, signature_id),
        given_name=person.given_name,
        family_name=family if is_whole or not family else f"{family[0]}.",
        email=person.email if is_whole else "",
        locality=person.locality,
        region=person.region,
        consents=consents.get(signature_id, []),
    )
