"""Messages that an organization writes to people through the service, and each sending of one."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import PrimaryKey, one_of, partial_index
from petition.core.database import Base
from petition.models.outgoing.dispatched import (
    AttemptColumns,
    Cause,
    Dispatched,
    index_due,
    index_refused,
)
from petition.models.states import OutgoingState

LONGEST_SUBJECT = 120  # characters
LONGEST_BODY = 5_000
# Queries contain it word for word, without which SQLite does not use the index.
TROUBLED_WHERE = "state IN ('failed', 'unknown')"
TROUBLED = text("relay_sends.state IN ('failed', 'unknown')")


class RelayState(StrEnum):
    """How far a message is; ``relay_messages_refuse_change`` lists the changes."""

    DRAFT = "draft"  # is being written; nobody is chosen
    SENDING = "sending"  # its people are chosen, and workers write to them
    PAUSED = "paused"  # as sending, but nobody is written to until it goes on
    DONE = "done"  # nobody is left to be written to
    STOPPED = "stopped"  # ended by a person: whoever was not written to is not


class AnswersTo(StrEnum):
    """Where answers to a message go."""

    CONTACT = "contact"  # the organization's published address; the sender's while there is none
    SENDER = "sender"  # the account of whoever sent it


RELAY_TRANSITIONS: dict[RelayState, tuple[RelayState, ...]] = {
    RelayState.DRAFT: (RelayState.SENDING,),
    RelayState.SENDING: (RelayState.PAUSED, RelayState.DONE, RelayState.STOPPED),
    RelayState.PAUSED: (RelayState.SENDING, RelayState.STOPPED),
    RelayState.DONE: (),
    RelayState.STOPPED: (),
}


class RelayMessage(Base):
    """What an organization writes to people who allowed it, without their addresses.

    - To whom: those with a consent for ``purpose`` in force, of ``campaign_id`` (None: of each),
      given at ``since`` or later (None: whenever). ``people``: how many were chosen.
    - ``sender_id``: who pressed send, or resume last; None for a draft. ``answers_to``: whether
      answers go to them or to the organization's contact.
    - What was sent is frozen: ``relay_messages_refuse_rewording``.
    """

    __tablename__ = "relay_messages"
    __table_args__ = (
        one_of("state", RelayState),
        one_of("answers_to", AnswersTo),
        CheckConstraint(f"length(subject) BETWEEN 1 AND {LONGEST_SUBJECT}", name="subject_short"),
        CheckConstraint(f"length(body) BETWEEN 1 AND {LONGEST_BODY}", name="body_short"),
        CheckConstraint(
            "(state = 'draft') = (started_at IS NULL)"
            " AND (started_at IS NULL) = (people IS NULL)"
            " AND (started_at IS NULL) = (sender_id IS NULL)",
            name="started_with_people",
        ),
        CheckConstraint("(state IN ('done', 'stopped')) = (ended_at IS NOT NULL)", name="ended"),
        Index("ix_relay_messages_organization_id", "organization_id", "id"),
        Index("ix_relay_messages_state", "state"),
    )

    id: Mapped[PrimaryKey]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    subject: Mapped[str] = mapped_column(String(LONGEST_SUBJECT))
    body: Mapped[str]
    purpose: Mapped[str] = mapped_column(String(20))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"))
    since: Mapped[datetime | None]
    answers_to: Mapped[str] = mapped_column(
        String(7), default=AnswersTo.CONTACT, server_default="contact"
    )
    state: Mapped[str] = mapped_column(String(7), default=RelayState.DRAFT)
    people: Mapped[int | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class RelaySend(Dispatched, Base):
    """One message to one person, by the consent that allows it, or as a test to its author.

    - 5, once: ``uq_relay_sends_message_id_consent_id``.
    - 7, no consent, no data: ``relay_sends_refuse_unseen`` refuses a row, and an attempt, without a
      consent in force for this organization and purpose.
    - It has ids only; its attempts keep no address.
    """

    __tablename__ = "relay_sends"
    __table_args__ = (
        UniqueConstraint("message_id", "consent_id"),
        one_of("state", OutgoingState),
        CheckConstraint("(consent_id IS NULL) <> (user_id IS NULL)", name="to_one"),
        CheckConstraint("attempt >= 0", name="attempt_counts_up"),
        index_due("relay_sends"),
        # What a person should know of: petition/attention.
        partial_index("ix_relay_sends_troubled", "settled_at", where=TROUBLED_WHERE),
        Index("ix_relay_sends_message_id", "message_id", "state"),
        Index("ix_relay_sends_consent_id", "consent_id"),
    )

    message_id: Mapped[int] = mapped_column(ForeignKey("relay_messages.id"))
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("consents.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


class RelayAttempt(AttemptColumns, Base):
    """One attempt at a sending."""

    __tablename__ = "relay_attempts"
    __table_args__ = (
        one_of("about", Cause),
        CheckConstraint("spent OR about IS NOT NULL", name="unspent_has_cause"),
        CheckConstraint("recipient IS NULL", name="no_address"),
        index_refused("relay_attempts"),
    )

    send_id: Mapped[int] = mapped_column(
        ForeignKey("relay_sends.id"), primary_key=True, sort_order=-1
    )
