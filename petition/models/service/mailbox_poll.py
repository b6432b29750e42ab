"""MailboxPoll: how far a mailbox of incoming mail was read, and who reads it now."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.database import Base


class MailboxPoll(Base):
    """One mailbox that is polled by IMAP.

    - ``mailbox``: a keyed hash of its host, user and folder.
    - ``turn``: how often a process began to read it; each later write names that number, so one
      whose lease ended changes nothing. ``leased_until``: None while nobody reads it.
    - ``uid_validity``, ``last_uid``: every message up to that UID was processed (RFC 3501).
    - ``read_at``: when it was last read to its end. ``failing_since``, ``problem``: since when it
      could not be read, and why, as a code; None once it was.
    - ``put_aside``: messages that were not processed because of an error of the service, or
      are answers over the number that is kept of a letter.
    """

    __tablename__ = "mailbox_polls"
    __table_args__ = (
        CheckConstraint("turn >= 0", name="turn_counts_up"),
        CheckConstraint("last_uid >= 0", name="last_uid_counted"),
        CheckConstraint("(failing_since IS NULL) = (problem IS NULL)", name="failing_has_problem"),
    )

    mailbox: Mapped[str] = mapped_column(String(64), primary_key=True)
    turn: Mapped[int] = mapped_column(default=0, server_default="0")
    leased_until: Mapped[datetime | None]
    uid_validity: Mapped[int | None] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    read_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(String(40))
    put_aside: Mapped[int] = mapped_column(default=0, server_default="0")
