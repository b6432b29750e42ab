"""Moving: what is kept so that the same people are not named in one district after another."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.database import Base
from petition.core.sealing import get_sealer

# Who was named in a letter, or has moved already, is named elsewhere only after this.
MOVE_WAIT = timedelta(days=90)
PURPOSE = "named mailbox"


class NamedMailbox(Base):
    """A division that an erased signer was named in, by a keyed hash of their mailbox alone.

    - 9, a hundred of that district: who erases and signs again from elsewhere waits as who moves.
    - Nothing leads from here to the erased row: the hash is one of its own purpose, and ``until``,
      90 days after the erasure, is rounded up to a day. It is deleted when that is over.
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
    """Return what stands for a mailbox after its signature was erased."""
    return get_sealer().digest(email_digest.hex(), PURPOSE)
