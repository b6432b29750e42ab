"""Whom a message of an organization would be sent to, read anew each time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from petition.core.clock import utcnow
from petition.core.extensions import get_settings
from petition.models import Consent, RelayMessage, RelaySend, Signature
from petition.models.states import OutgoingState
from petition.partners.consents.visible import select_reachable

# Of these nothing arrived.
_NOTHING_SENT = (OutgoingState.CANCELLED, OutgoingState.FAILED)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is meant: people who allowed ``purpose``.

    - ``campaign_id``: of this campaign; None: of each. ``since``: who allowed it then or later;
      None: whenever.
    """

    organization_id: int
    purpose: str
    campaign_id: int | None = None
    since: datetime | None = None

    @classmethod
    def of(cls, message: RelayMessage) -> "Audience":
        """Return whom a message is meant for."""
        return cls(message.organization_id, message.purpose, message.campaign_id, message.since)


def choose_people(session: Session, audience: Audience) -> Sequence[int]:
    """Return the ids of the consents by which people would be written to now, sorted."""
    return sorted(session.scalars(_select_chosen(audience)))


def count_people(session: Session, audience: Audience) -> int:
    """Return how many people would be written to now."""
    chosen = _select_chosen(audience).subquery()
    return session.scalar(select(func.count()).select_from(chosen)) or 0


def _select_chosen(audience: Audience) -> Select[int]:
    """Return the query of one consent for each mailbox.

    - Reachable by petition/partners/consents/visible.py, and within the filters.
    - Nobody whom this organization wrote to within the days of the setting, or is writing to; as it
      is about the mailbox, signing two campaigns brings nobody two messages.
    - Nobody who has stopped this organization by another of their signatures since: one click is
      meant for the organization.
    """
    stopped = _select_stopped(audience).subquery()
    chosen = (
        select_reachable(audience.organization_id, audience.purpose)
        .outerjoin(stopped, stopped.c.email_digest == Signature.email_digest)
        .where(
            or_(stopped.c.at.is_(None), stopped.c.at < Consent.given_at),
            Signature.email_digest.not_in(_select_written(audience.organization_id)),
        )
    )
    if audience.campaign_id is not None:
        chosen = chosen.where(Consent.campaign_id == audience.campaign_id)
    if audience.since is not None:
        chosen = chosen.where(Consent.given_at >= audience.since)
    return chosen.with_only_columns(func.max(Consent.id)).group_by(Signature.email_digest)


def _select_written(organization_id: int) -> Select[bytes | None]:
    """Return the query of the mailboxes that were written to not long ago, or are still to be."""
    since = utcnow() - timedelta(days=get_settings().relay.days_between)
    whose, their = aliased(Signature), aliased(Consent)
    return (
        select(whose.email_digest)
        .join(their, their.signature_id == whose.id)
        .join(RelaySend, RelaySend.consent_id == their.id)
        .join(RelayMessage, RelayMessage.id == RelaySend.message_id)
        .where(
            RelayMessage.organization_id == organization_id,
            RelaySend.state.not_in(_NOTHING_SENT),
            or_(RelaySend.settled_at.is_(None), RelaySend.settled_at > since),
            whose.email_digest.is_not(None),
        )
    )


def _select_stopped(audience: Audience) -> Select[bytes | None, datetime | None]:
    """Return the query of the mailboxes that stopped the organization, and when last."""
    whose, their = aliased(Signature), aliased(Consent)
    return (
        select(whose.email_digest, func.max(their.withdrawn_at).label("at"))
        .join(their, their.signature_id == whose.id)
        .where(
            their.organization_id == audience.organization_id,
            their.purpose == audience.purpose,
            their.withdrawn_at.is_not(None),
            whose.email_digest.is_not(None),
        )
        .group_by(whose.email_digest)
    )
