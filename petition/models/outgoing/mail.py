"""Mails to signers, requests for them, their limits and lanes, and used challenges."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import BigId, BigPrimaryKey, one_of, partial_index
from petition.core.database import Base
from petition.models.outgoing.dispatched import Leased


class MailKind(StrEnum):
    """The subject of a mail; the confirmation itself is a signature's own first mail."""

    REMINDER = "reminder"  # the address is not confirmed yet
    LINK = "link"  # a lost private link, requested again
    DELIVERED = "delivered"  # the letter that names the signer arrived
    SUCCESSOR = "successor"  # another campaign follows
    QUESTION = "question"  # the signer was located by a point only, and must answer where they live


# Mails that are done and that nothing depends on; the queries for them contain this word for word,
# without which SQLite does not use the index.
DONE_WHERE = "due_at IS NULL AND kind IN ('reminder', 'link', 'delivered')"
DONE = text("mails.due_at IS NULL AND mails.kind IN ('reminder', 'link', 'delivered')")
# One that is being sent, or waits for its next try, and reports its signer's other letters as well.
TELLS_WHERE = "told_with = id AND due_at IS NOT NULL"

# Links that are to be mailed, with priority: the person who requested one waits for it.
LINKS_WHERE = "due_at IS NOT NULL AND kind = 'link'"
LINKS = text("mails.due_at IS NOT NULL AND mails.kind = 'link'")


# Refused, and not for the mailbox; SQLite uses the index only for exactly these words.
NOT_GONE_WHERE = "NOT gone"
NOT_GONE = text("NOT refused_mails.gone")


class LaneName(StrEnum):
    """Mails to the mail server for one purpose, which stop together."""

    SIGNERS = "signers"  # confirmations, and all other mails to signers
    LETTERS = "letters"  # letters to offices, by e-mail
    RELAY = "relay"  # messages of organizations to people who allowed it


class Mail(Leased, Base):
    """One mail to one signer, due or sent; it contains ids and no address.

    - Sent once: ``uq_mails_signature_id_kind_about``; ``about`` is the milestone or the campaign
      that it is about, 0 for a kind that is sent only once.
    - It has no state: one whose worker loses the lease is due again, so a mail may be sent twice.
    - ``told_with``: for a mail about a letter, the id of the row whose mail reports the letter, its
      own or another; None while none was tried. One mail at a time reports letters to a signer:
      ``uq_mails_one_telling``; each letter is one row, so none is reported twice.
    - ``language``: of the form that asked for it; None: that of the signature.
    """

    __tablename__ = "mails"
    __table_args__ = (
        one_of("kind", MailKind),
        UniqueConstraint("signature_id", "kind", "about"),
        partial_index(
            "uq_mails_one_telling",
            "signature_id",
            unique=True,
            where=TELLS_WHERE,
        ),
        partial_index(
            "ix_mails_due",
            "due_at",
            where="due_at IS NOT NULL",
        ),
        partial_index(
            "ix_mails_links",
            "due_at",
            where=LINKS_WHERE,
        ),
        partial_index(
            "ix_mails_done",
            "created_at",
            where=DONE_WHERE,
        ),
    )

    id: Mapped[BigPrimaryKey]
    signature_id: Mapped[int] = mapped_column(BigId, ForeignKey("signatures.id"))
    kind: Mapped[str] = mapped_column(String(12))
    about: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    told_with: Mapped[int | None] = mapped_column(BigId)
    language: Mapped[str | None] = mapped_column(String(5))


class MailboxMail(Base):
    """A mail that was sent to a mailbox: only for its limits, and deleted after a month.

    - ``mailbox``: a keyed hash with a purpose of its own, so that no row can be linked to a
      signature. ``asked``: a person requested it; such mails have limits of their own.
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


class Ask(Base):
    """A request for the private links of an address that a person states they signed with.

    - One row per request, whether the address has signed or not: neither the write nor the time of
      the response reveals it. The worker that sends the mails looks it up and deletes the row.
    - ``email_digest``: as in a signature. ``language``: of the form, "en" or "es".
    """

    __tablename__ = "asks"

    id: Mapped[BigPrimaryKey]
    email_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    asked_at: Mapped[datetime]
    language: Mapped[str] = mapped_column(String(5), default="en", server_default="en")


class MailLane(Base):
    """Whether the mails of a lane are accepted; without a row, none was ever refused.

    - ``refused_since``: since then none was accepted and at least one refused; None otherwise.
    - ``cause``: the last refusal, as a code and a phase. ``stopped_at``, without ``opened_at``: all
      wait, except one mail at ``probe_at``; ``probes`` were refused.
    - ``taken_at``: when one was last accepted after others had been refused.
    - ``revives``: it was opened, and the mails refused before are still to be made due again.
    """

    __tablename__ = "mail_lanes"
    __table_args__ = (
        one_of("name", LaneName),
        CheckConstraint(
            "stopped_at IS NULL OR opened_at IS NOT NULL"
            " OR (probe_at IS NOT NULL AND refused_since IS NOT NULL AND cause IS NOT NULL)",
            name="stopped_is_probed",
        ),
        CheckConstraint(
            "opened_at IS NULL OR (stopped_at IS NOT NULL AND probe_at IS NULL)",
            name="opened_was_stopped",
        ),
    )

    name: Mapped[str] = mapped_column(String(10), primary_key=True)
    refused_since: Mapped[datetime | None]
    cause: Mapped[str | None] = mapped_column(String(60))
    stopped_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    probe_at: Mapped[datetime | None]
    probes: Mapped[int] = mapped_column(default=0, server_default="0")
    taken_at: Mapped[datetime | None]
    revives: Mapped[bool] = mapped_column(default=False, server_default=false())

    @property
    def is_stopped(self) -> bool:
        """Whether the lane is stopped, so that its mails wait."""
        return self.stopped_at is not None and self.opened_at is None


class RefusedMail(Base):
    """A mail to a signer that was refused, or returned because of us, and not sent since.

    - ``mail_id``: 0 for the confirmation. ``attempt``: that of the signature or the mail at that
      time, so that a row that was claimed since is left to its worker.
    - ``times``: refusals since its lane last opened. ``first_at``: when it was refused first.
    - ``gone``: the last refusal, at ``last_at``, was about the mailbox.
    """

    __tablename__ = "refused_mails"
    __table_args__ = (
        CheckConstraint("times >= 0", name="times_counted"),
        Index("ix_refused_mails_last_at", "last_at"),
        partial_index(
            "ix_refused_mails_not_gone",
            "last_at",
            where=NOT_GONE_WHERE,
        ),
        {"sqlite_with_rowid": False},
    )

    signature_id: Mapped[int] = mapped_column(BigId, ForeignKey("signatures.id"), primary_key=True)
    mail_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    attempt: Mapped[int]
    times: Mapped[int]
    cause: Mapped[str] = mapped_column(String(60))
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    gone: Mapped[bool] = mapped_column(default=False, server_default=false())


class IncomingMail(Base):
    """An incoming mail that was read, by a keyed hash: if read again, it is not counted again.

    - Enforced by the primary key; mailboxes are read repeatedly, and most are not emptied.
    """

    __tablename__ = "incoming_mails"

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    read_at: Mapped[datetime]


class UsedChallenge(Base):
    """A solved proof of work, by its SHA-256: valid for one signing; kept until it has expired."""

    __tablename__ = "used_challenges"
    __table_args__ = (Index("ix_used_challenges_expires_at", "expires_at"),)

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    expires_at: Mapped[datetime]
