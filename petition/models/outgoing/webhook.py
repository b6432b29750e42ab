"""Webhooks of organizations: where events are sent, the keys that sign them, and each delivery."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.callbacks.callback_urls import LONGEST_URL
from petition.core.columns import PrimaryKey, Sealed, Unreadable, one_of, partial_index
from petition.core.database import Base
from petition.models.outgoing.dispatched import AttemptColumns, Cause, Dispatched, index_due
from petition.models.states import OUTGOING_TRANSITIONS, OutgoingState

Out = OutgoingState
# As of everything that goes out, and a member may ask for a delivery again however it ended.
WEBHOOK_TRANSITIONS: Mapping[OutgoingState, tuple[OutgoingState, ...]] = {
    **OUTGOING_TRANSITIONS,
    Out.ACCEPTED: (Out.QUEUED,),
    Out.FAILED: (Out.QUEUED, *OUTGOING_TRANSITIONS[Out.FAILED]),
}


class WebhookEvent(StrEnum):
    """What an endpoint may be told of; the words after the dot are those of the stream."""

    GIVEN = "consent.given"
    WITHDRAWN = "consent.withdrawn"
    ERASED = "consent.erased"
    BOUNCED = "consent.bounced"
    CORRECTED = "consent.corrected"
    TEST = "webhook.test"  # sent by a person; of nothing that happened


CONSENT_EVENTS = tuple(event for event in WebhookEvent if event is not WebhookEvent.TEST)


class WebhookSigning(StrEnum):
    """How an endpoint's events are signed (Standard Webhooks 1.0)."""

    SYMMETRIC = "symmetric"  # HMAC-SHA-256; both sides have the key
    ED25519 = "ed25519"  # the receiver has the public key only


class DisabledWhy(StrEnum):
    """Why an endpoint gets nothing."""

    MEMBER = "member"  # a member of the organization disabled it
    GONE = "gone"  # it answered 410
    FAILING = "failing"  # no attempt has succeeded for days


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key that signs: random bytes, or the private key of ed25519, in base64."""

    is_readable: ClassVar[bool] = True

    key: str = field(repr=False)
    bound_to: bytes = field(default=b"", repr=False, compare=False)


class BrokenSigningKey(Unreadable, SigningKey):
    """The placeholder for a key that does not open; access to it raises SealBroken."""

    __slots__ = ()


class WebhookEndpoint(Base):
    """One URL of an organization, and the events that it is told of.

    - ``kinds``: of CONSENT_EVENTS, with spaces between them. ``told_number``: the last number of
      the organization's stream of consents of which it has its deliveries; it only goes forward
      (``webhook_endpoints_refuse_change``), and whose it is never changes.
    - ``failures``: failed attempts since the last one that succeeded, ``failing_since``: the first
      of them. ``quiet_until``: nothing but tests is sent before.
    - What is removed stays so, and keeps of its URL the host alone: others may hold secrets.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        one_of("signing", WebhookSigning),
        one_of("disabled_why", DisabledWhy),
        CheckConstraint("url LIKE 'http%://%'", name="url_of_web"),
        CheckConstraint("length(kinds) > 0", name="told_of_something"),
        CheckConstraint(
            "(disabled_at IS NULL) = (disabled_why IS NULL)", name="disabled_for_a_reason"
        ),
        CheckConstraint("told_number >= 0 AND failures >= 0", name="counts_up"),
        CheckConstraint("(failures = 0) = (failing_since IS NULL)", name="failing_since_failure"),
        Index("ix_webhook_endpoints_organization_id", "organization_id"),
    )

    id: Mapped[PrimaryKey]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    url: Mapped[str] = mapped_column(String(LONGEST_URL))
    kinds: Mapped[str] = mapped_column(String(200))
    signing: Mapped[str] = mapped_column(String(9))
    created_by: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
    told_number: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    quiet_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_why: Mapped[str | None] = mapped_column(String(7))
    removed_at: Mapped[datetime | None]


class WebhookKey(Base):
    """A key of an endpoint, sealed. One has no end; those before it sign until ``expires_at``.

    - ``uq_webhook_keys_current``: an endpoint has one that does not end.
    """

    __tablename__ = "webhook_keys"
    __table_args__ = (
        partial_index(
            "uq_webhook_keys_current", "endpoint_id", unique=True, where="expires_at IS NULL"
        ),
        Index("ix_webhook_keys_endpoint_id", "endpoint_id"),
    )

    id: Mapped[PrimaryKey]
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoints.id"))
    secret: Mapped[SigningKey] = mapped_column(
        Sealed(SigningKey, "webhook key", BrokenSigningKey(), ("bound_to",))
    )
    bound_to: Mapped[bytes] = mapped_column(LargeBinary(16))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class WebhookDelivery(Dispatched, Base):
    """One event for one endpoint: numbers only, nothing personal.

    - Once: ``uq_webhook_deliveries_endpoint_id_number``, the number in the organization's stream;
      a test has none. It may be sent again under the same ``name``, the header ``webhook-id``, by
      which its receiver drops a repeat: ``uq_webhook_deliveries_endpoint_id_name``.
    - ``at``: when it happened. Only the state and what belongs to it ever change
      (``webhook_deliveries_refuse_rewrite``, ``webhook_deliveries_refuse_change``).
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "number"),
        UniqueConstraint("endpoint_id", "name"),
        one_of("state", OutgoingState),
        one_of("kind", WebhookEvent),
        CheckConstraint("(kind = 'webhook.test') = (number IS NULL)", name="test_has_no_number"),
        CheckConstraint("attempt >= 0", name="attempt_counts_up"),
        index_due("webhook_deliveries"),
        Index("ix_webhook_deliveries_endpoint_id_state", "endpoint_id", "state"),
        Index("ix_webhook_deliveries_endpoint_id", "endpoint_id", "id"),
        Index("ix_webhook_deliveries_created_at", "created_at"),
    )

    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoints.id"))
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[int | None]
    name: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    created_at: Mapped[datetime]


class WebhookAttempt(AttemptColumns, Base):
    """One attempt at a delivery; ``detail``: the status of the answer, or why there was none."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        one_of("about", Cause),
        CheckConstraint("spent OR about IS NOT NULL", name="unspent_has_cause"),
        CheckConstraint("recipient IS NULL AND said IS NULL", name="keeps_no_answer"),
    )

    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("webhook_deliveries.id"), primary_key=True, sort_order=-1
    )
