"""Mail: what a signer is to be told once, and the challenges that were used."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from petition.columns import BigId, BigPrimaryKey, one_of
from petition.database import Base


class MailKind(StrEnum):
    """What a mail tells; the confirmation itself is a signature's own first mail."""

    REMINDER = "reminder"  # the address is still to be confirmed
    LINK = "link"  # a lost private link, asked for again
    DELIVERED = "delivered"  # the letter that names the signer arrived
    SUCCESSOR = "successor"  # another campaign follows


class Mail(Base):
    """One mail to one signer, due or sent; it holds ids and no address.

    - Told once: ``uq_mails_signature_id_kind_about``; ``about`` is the milestone or the campaign
      that it is about, 0 for what there is once.
    - ``due_at``: from when a worker should send it, None when nothing is due; a claim pushes it
      ahead, so it is lease and back-off in one.
    """

    __tablename__ = "mails"
    __table_args__ = (
        one_of("kind", MailKind),
        UniqueConstraint("signature_id", "kind", "about"),
        Index(
            "ix_mails_due",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
    )

    id: Mapped[BigPrimaryKey]
    signature_id: Mapped[int] = mapped_column(BigId, ForeignKey("signatures.id"))
    kind: Mapped[str] = mapped_column(String(12))
    about: Mapped[int] = mapped_column(default=0, server_default="0")
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


class MailboxMail(Base):
    """A mail that went to a mailbox: for its limits alone, and dropped after a month.

    - ``mailbox``: a keyed hash under a purpose of its own, so that no row can be told to be of one
      signature. ``asked``: somebody asked for it; such mails have limits of their own.
    """

    __tablename__ = "mailbox_mails"
    __table_args__ = (
        Index("ix_mailbox_mails_mailbox", "mailbox", "asked", "sent_at"),
        Index("ix_mailbox_mails_sent_at", "sent_at"),
    )

    id: Mapped[BigPrimaryKey]
    mailbox: Mapped[bytes] = mapped_column(LargeBinary(32))
    asked: Mapped[bool]
    sent_at: Mapped[datetime]


class IncomingMail(Base):
    """A mail that came in and was read, by a keyed hash: read again, it counts no second time.

    - Carried by the primary key; mailboxes are read over and over, and most are not emptied.
    """

    __tablename__ = "incoming_mails"

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    read_at: Mapped[datetime]


class UsedChallenge(Base):
    """A solved proof of work, by its SHA-256: it signs once, until it would be too old anyway."""

    __tablename__ = "used_challenges"
    __table_args__ = (Index("ix_used_challenges_expires_at", "expires_at"),)

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    expires_at: Mapped[datetime]
