"""Letters, their deliveries, and each attempt at one."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from petition.core.columns import ROW_SECRET_BYTES, PrimaryKey, Sealed, one_of, partial_index
from petition.core.database import Base
from petition.models.counts.tally import Milestone
from petition.models.officials.post import Post
from petition.models.outgoing.dispatched import (
    AttemptColumns,
    Cause,
    Dispatched,
    index_due,
    index_refused,
)
from petition.models.outgoing.envelope import BROKEN_ENVELOPE, Envelope
from petition.models.states import DeliveryState


class Letter(Base):
    """The PDF for a milestone and a post.

    - 6, never changes: a row is written once; its bytes are found by ``sha256``. Only
      ``superseded_at`` may be set, and only while no attempt has been made with it.
    - ``uq_letters_one_current``: one letter in force for a milestone and post.
    - ``addressee``: the address block as printed, to detect a later change of the holder.
    - ``words``: the keyed hash of the signers' own words that it prints, to detect whether others
      are to be printed now; None if none of them wrote any. Never changes either: the trigger
      ``letters_refuse_rewording``.
    - ``replies``: the mark of the file that goes with it (ReplyFile); None for none. Never changes:
      the trigger ``letters_refuse_other_replies``.
    - ``message``: what the message with it says: ``subject``, ``salutation`` and ``text``, made
      with the PDF. None if a restored backup does not have it.
    """

    __tablename__ = "letters"
    __table_args__ = (
        partial_index(
            "uq_letters_one_current",
            "milestone_id",
            "post_id",
            unique=True,
            where="superseded_at IS NULL",
        ),
        CheckConstraint("length(sha256) = 64", name="sha256_is_hex"),
    )

    id: Mapped[PrimaryKey]
    milestone_id: Mapped[int] = mapped_column(ForeignKey("milestones.id"))
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    pages: Mapped[int]
    size: Mapped[int]
    names: Mapped[int]
    addressee: Mapped[list[str]] = mapped_column(JSON)
    words: Mapped[str | None] = mapped_column(String(64))
    replies: Mapped[str | None] = mapped_column(String(64))
    message: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    rendered_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]

    milestone: Mapped[Milestone] = relationship()
    post: Mapped[Post] = relationship()


# Queries contain it word for word, without which SQLite does not use the index.
BELOW_WHERE = "state = 'held' AND reason = 'below-milestone'"
BELOW = text(BELOW_WHERE)
# The reason of a delivery that staff have released, until its next attempt or hold.
RELEASED = "released"
NEEDED_WHERE = "state IN ('unknown', 'failed', 'bounced', 'held')"
NEEDED = text("deliveries.state IN ('unknown', 'failed', 'bounced', 'held')")


class Delivery(Dispatched, Base):
    """One letter to one post by one channel.

    - 5, once: ``uq_deliveries_milestone_id_post_id_channel``; the same ``message_id`` on each try.
    - A claim increases ``attempt``, writes its Attempt row and sets ``due_at`` to the end of its
      lease; each later write names that attempt, so a worker that lost its lease changes nothing.
    - A delivery has a letter exactly from ``rendered`` on: ``ck_deliveries_letter_when_sent``.
    - Only staff release one that they hold, and write RELEASED as its reason. A held one that was
      tried goes on as a retry, any other is queued: ``deliveries_refuse_release``.
    - ``envelope``: the content of the message except its PDF, written by the first attempt, so that
      each later one sends the same bytes; it is kept with the row. Sealed for ``bound_to``, which
      is random and written with it.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("milestone_id", "post_id", "channel"),
        one_of("state", DeliveryState),
        CheckConstraint(
            "state IN ('queued', 'held', 'cancelled') OR letter_id IS NOT NULL",
            name="letter_when_sent",
        ),
        CheckConstraint("attempt >= 0", name="attempt_counts_up"),
        CheckConstraint(
            "(envelope IS NULL) = (bound_to IS NULL)", name="envelope_bound_to_its_row"
        ),
        index_due("deliveries"),
        # Each batch of counting queries which of them its districts have reached again.
        partial_index("ix_deliveries_below", "milestone_id", where=BELOW_WHERE),
        # Those that wait for a person: petition/attention.
        partial_index("ix_deliveries_needed", "state", "milestone_id", where=NEEDED_WHERE),
    )

    milestone_id: Mapped[int] = mapped_column(ForeignKey("milestones.id"))
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    channel: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(10), default=DeliveryState.QUEUED)
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id"))
    message_id: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    # Deferred: a list of deliveries would otherwise decrypt each.
    envelope: Mapped[Envelope | None] = mapped_column(
        Sealed(Envelope, "delivery.envelope", BROKEN_ENVELOPE, ("bound_to",)), deferred=True
    )
    bound_to: Mapped[bytes | None] = mapped_column(LargeBinary(ROW_SECRET_BYTES), deferred=True)

    milestone: Mapped[Milestone] = relationship()
    post: Mapped[Post] = relationship()
    letter: Mapped[Letter | None] = relationship()
    attempts: Mapped[list["Attempt"]] = relationship(order_by="Attempt.number")


class ReportKind(StrEnum):
    """What a report about a sent letter says, by RFC 3464 and RFC 5965."""

    DELAYED = "delayed"  # a server still tries
    EXPANDED = "expanded"  # sent on to the members of a list
    RELAYED = "relayed"  # passed on to a server that sends no reports
    DELIVERED = "delivered"  # put into the mailbox
    FAILED = "failed"  # returned
    COMPLAINT = "complaint"  # its reader reported it as unwanted


UNPROVED_MARK = "?"


class Attempt(AttemptColumns, Base):
    """One attempt at a delivery; ``said`` is short: ``ck_attempts_said_short``.

    - ``notices_asked``: the server accepted the request for reports (RFC 3461).
    - ``reports``: each ReportKind that came, once, in the order of arrival, with spaces between;
      with UNPROVED_MARK behind it if none of that kind repeated the attempt's envelope id.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        one_of("about", Cause),
        CheckConstraint("length(reports) <= 60", name="reports_short"),
        CheckConstraint("spent OR about IS NOT NULL", name="unspent_has_cause"),
        CheckConstraint("length(said) <= 300", name="said_short"),
        index_refused("attempts"),
        partial_index(
            "ix_attempts_said",
            "ended_at",
            where="said IS NOT NULL",
        ),
    )

    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("deliveries.id"), primary_key=True, sort_order=-1
    )
    notices_asked: Mapped[bool] = mapped_column(default=False, server_default=false())
    reports: Mapped[str] = mapped_column(String(60), default="", server_default="")
