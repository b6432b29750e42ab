"""Data keys that have sealed something, and what tells whether the hash key is still the same."""

from datetime import datetime

from sqlalchemy import CheckConstraint, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import PrimaryKey
from petition.core.database import Base

KEY_ID_BYTES = 4


class DataKey(Base):
    """A data key by its id, which tells nothing of the key.

    - A process notes its first key before it seals anything, so a key that stored values may need
      is known without a look at all of them.
    - ``spent_at``: when a rotation found that no stored value needs it; NULL while one may.
    - ``lost_at``: when an operator said that nobody has it any more: what it sealed stays closed.
    """

    __tablename__ = "data_keys"

    key_id: Mapped[bytes] = mapped_column(LargeBinary(KEY_ID_BYTES), primary_key=True)
    used_since: Mapped[datetime]
    spent_at: Mapped[datetime | None]
    lost_at: Mapped[datetime | None]


class HashCheck(Base):
    """A keyed hash of a constant: another one is made where the hash key is another.

    - One row at most: ``ck_hash_checks_one``. Stored digests of mailboxes would no longer match,
      and whoever signed could sign again.
    """

    __tablename__ = "hash_checks"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[PrimaryKey]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    made_at: Mapped[datetime]
