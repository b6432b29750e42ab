"""The people whom an organization may see: every road to them selects from here.

7, no consent, no data. All of these hold, or there is no row:

- The organization is approved, and not suspended.
- The consent is in force, for this organization and this purpose (its offer's, by a foreign key).
- The signature has not ended, and its answers were confirmed.
- Its mailbox is proved: before, the name could be anybody's.
- To be written to, its address is reachable and was not unsubscribed from all e-mail.
"""

from sqlalchemy import ColumnElement, Select, TextClause, select

from petition.models import Consent, Organization, OrganizationState, Signature
from petition.models.consents.consent import PLACED


def select_visible(organization_id: int, purpose: str) -> Select[int, int]:
    """Return a SELECT of (Consent.id, Signature.id) of those whom an organization may see.

    - The caller adds columns of ``Consent`` and ``Signature``, filters and order.
    """
    # Of one organization, so it is asked once and not for each row.
    state = select(Organization.state).where(Organization.id == organization_id).scalar_subquery()
    return (
        select(Consent.id.label("consent_id"), Signature.id.label("signature_id"))
        .join(Signature, Signature.id == Consent.signature_id)
        .where(
            state == OrganizationState.APPROVED,
            Consent.organization_id == organization_id,
            Consent.purpose == purpose,
            *list_conditions(),
        )
    )


def select_reachable(organization_id: int, purpose: str) -> Select[int, int]:
    """Return the same of those whom an organization may also write to."""
    return select_visible(organization_id, purpose).where(
        Signature.unreachable_at.is_(None), Signature.unsubscribed_at.is_(None)
    )


def list_within(
    south: float, north: float, west: float, east: float
) -> tuple[ColumnElement[bool] | TextClause, ...]:
    """Return the conditions that a consent's place lies in a box, in degrees.

    - Only one for ``contact`` has a place. Read by the index ``ix_consents_near``.
    """
    return (
        PLACED,
        Consent.latitude.between(south, north),
        Consent.longitude.between(west, east),
    )


def list_conditions() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on ``Consent`` and ``Signature``, whoever the organization is.

    - The trigger ``access_people_refuse_unseen`` has the same; so have those of the changes.
    """
    return (
        Consent.withdrawn_at.is_(None),
        Signature.ended_at.is_(None),
        Signature.seat.is_not(None),
        Signature.proved_at.is_not(None),
    )
