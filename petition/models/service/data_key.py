"""Data keys that have sealed values, and a check that the hash key is still the same."""

from datetime import datetime

from sqlalchemy import CheckConstraint, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import PrimaryKey
from petition.core.database import Base

KEY_ID_BYTES = 4


class DataKey(Base):
    """A data key by its id, which reveals nothing about the key.

    - A process stores the id of its first key before it seals anything, so the keys that stored
      values may need are known without reading all values.
    - ``spent_at``: when a rotation found that no stored value needs it; NULL while one may.
    - ``lost_at``: when an operator declared it lost: the values that it sealed cannot be opened.
    """

    __tablename__ = "data_keys"

    key_id: Mapped[bytes] = mapped_column(LargeBinary(KEY_ID_BYTES), primary_key=True)
    used_since: Mapped[datetime]
    spent_at: Mapped[datetime | None]
    lost_at: Mapped[datetime | None]


class HashCheck(Base):
    """A keyed hash of a constant, which differs if the hash key was changed.

    - One row at most: ``ck_hash_checks_one``. With another hash key the stored digests of mailboxes
      would no longer match, and a signer could sign again.
    """

    __tablename__ = "hash_checks"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[PrimaryKey]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    made_at: Mapped[datetime]
