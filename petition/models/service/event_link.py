"""EventLink and AuditKey: the chain over the events, and the keys that sign it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import BigId, PrimaryKey
from petition.core.database import Base


class AuditKey(Base):
    """A public key (ed25519) of the chain; its private key is derived from a data key.

    - ``id``: 1, 2, ...; another one follows when the first data key is replaced.
    - ``signed_by_previous``: the previous key's signature of this one, NULL if its data key was no
      longer set; ``signs_previous``: this key's signature of the previous one.
    - 9: the triggers ``audit_keys_refuse_update`` and ``audit_keys_refuse_delete``.
    """

    __tablename__ = "audit_keys"
    __table_args__ = (
        CheckConstraint("(id = 1) = (signs_previous IS NULL)", name="signs_previous"),
    )

    id: Mapped[PrimaryKey] = mapped_column(autoincrement=False)
    public: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    signed_by_previous: Mapped[bytes | None] = mapped_column(LargeBinary(64))
    signs_previous: Mapped[bytes | None] = mapped_column(LargeBinary(64))
    made_at: Mapped[datetime]


class EventLink(Base):
    """One link: the events after those of the link before, up to ``last_id``, in order of id.

    - ``head``: SHA-256, in hexadecimal, of the head before and of each event's line
      (petition/audit/chain/event_lines.py). ``signature``: of the link's statement.
    - ``marks``: for each event 16 bytes, its id and the first half of its line's SHA-256, so that
      the event which differs can be named; the head alone proves that none does.
    - 9, append-only: the triggers ``event_links_refuse_update``, ``event_links_refuse_delete``, and
      ``event_links_refuse_insert`` for one that does not follow the last. An event that is in no
      link cannot be archived (``events_refuse_delete``).
    """

    __tablename__ = "event_links"
    __table_args__ = (
        CheckConstraint("(number = 1) = (previous IS NULL)", name="chained"),
        CheckConstraint("events > 0 AND first_id <= last_id", name="not_empty"),
    )

    number: Mapped[PrimaryKey] = mapped_column(autoincrement=False)
    first_id: Mapped[int] = mapped_column(BigId)
    last_id: Mapped[int] = mapped_column(BigId, unique=True)
    events: Mapped[int]
    previous: Mapped[str | None] = mapped_column(String(64), unique=True)
    head: Mapped[str] = mapped_column(String(64), unique=True)
    marks: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[int] = mapped_column(ForeignKey("audit_keys.id"))
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))
    made_at: Mapped[datetime]
