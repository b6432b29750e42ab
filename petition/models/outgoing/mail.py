"""Mail: what a signer is to be told once, who asked for it, its lane, and used challenges."""

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
    """What a mail tells; the confirmation itself is a signature's own first mail."""

    REMINDER = "reminder"  # the address is still to be confirmed
    LINK = "link"  # a lost private link, asked for again
    DELIVERED = "delivered"  # the letter that names the signer arrived
    SUCCESSOR = "successor"  # another campaign follows
    QUESTION = "question"  # a point had placed the signer, who must say where they live


# Mails that are over and that nothing depends on; the queries that look for them say it word for
# word, so that SQLite knows that it may use the index.
DONE_WHERE = "due_at IS NULL AND kind IN ('reminder', 'link', 'delivered')"
DONE = text("mails.due_at IS NULL AND mails.kind IN ('reminder', 'link', 'delivered')")
# One that is being sent, or waits for its next try, and takes along its signer's other letters.
TELLS_WHERE = "told_with = id AND due_at IS NOT NULL"

# Links that are to be mailed: whoever asked for one waits at a screen.
LINKS_WHERE = "due_at IS NOT NULL AND kind = 'link'"
LINKS = text("mails.due_at IS NOT NULL AND mails.kind = 'link'")


# Refused, and not for the mailbox; SQLite takes the index for these words alone.
NOT_GONE_WHERE = "NOT gone"
NOT_GONE = text("NOT refused_mails.gone")


class LaneName(StrEnum):
    """What goes to the mail server for one purpose, and stops together."""

    SIGNERS = "signers"  # confirmations, and all other mails to signers
    LETTERS = "letters"  # letters to offices, by e-mail


class Mail(Leased, Base):
    """One mail to one signer, due or sent; it holds ids and no address.

    - Told once: ``uq_mails_signature_id_kind_about``; ``about`` is the milestone or the campaign
      that it is about, 0 for what there is once.
    - It has no state: who loses the lease of one leaves it due again, and a mail may go twice.
    - ``told_with``: of what tells of a letter, the id of the row whose mail tells of it, its own or
      another's; None while none was tried. One mail at a time tells a signer of letters:
      ``uq_mails_one_telling``; each letter is one row, so none is told twice.
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


class Ask(Base):
    """Somebody asked for a lost private link, by the address that they say they signed with.

    - One row for each time, whether the address has signed or not: what is written, and how long
      the answer takes, tells nobody. Whoever sends the mails looks it up and lets go of the row.
    - ``email_digest``: as a signature's.
    """

    __tablename__ = "asks"

    id: Mapped[BigPrimaryKey]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    email_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    asked_at: Mapped[datetime]


class MailLane(Base):
    """Whether the mails of a lane are taken; without a row they always were.

    - ``refused_since``: since then none was taken and at least one refused; None while all is well.
    - ``cause``: the last refusal, as a code and a phase. ``stopped_at``, without ``opened_at``: all
      wait, but for one mail at ``probe_at``; ``probes`` were refused.
    - ``taken_at``: when one was last taken after others had been refused.
    - ``revives``: it was opened, and who was hit meanwhile is still to be mailed again.
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
        """Whether its mails wait."""
        return self.stopped_at is not None and self.opened_at is None


class RefusedMail(Base):
    """A mail to a signer that was refused, or came back because of us, and has not gone since.

    - ``mail_id``: 0 for the confirmation. ``attempt``: that of the signature or the mail then, so
      that what was claimed meanwhile is left to its claimer.
    - ``times`` refused since its lane last opened. ``first_at``: when it was refused first of all.
    - ``gone``: the last refusal, at ``last_at``, spoke of the mailbox.
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
