"""Moving: data kept so that the same people are not named in one district after another."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.database import Base
from petition.core.sealing import get_sealer

# A signer who was named in a letter, or has moved already, is named elsewhere only after this time.
MOVE_WAIT = timedelta(days=90)
PURPOSE = "named mailbox"


class NamedMailbox(Base):
    """A division in which an erased signer was named, by a keyed hash of their mailbox alone.

    - 9, a hundred of that district: a signer who erases their signature and signs again from
      elsewhere waits as one who moves.
    - The row does not identify the erased one: the hash has its own purpose, and ``until``, 90 days
      after the erasure, is rounded up to a day. The row is deleted after that.
    """

    __tablename__ = "named_mailboxes"
    __table_args__ = (
        Index("ix_named_mailboxes_until", "until"),
        {"sqlite_with_rowid": False},
    )

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    mailbox: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    layer: Mapped[str] = mapped_column(String(8), primary_key=True)
    division_id: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]


def hash_mailbox(email_digest: bytes) -> bytes:
    """Return the hash that identifies a mailbox after its signature was erased."""
    return get_sealer().digest(email_digest.hex(), PURPOSE)
