"""The sessions of accounts, and the networks from which they have signed in."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import BigPrimaryKey, one_of
from petition.core.database import Base


class PortalName(StrEnum):
    """A portal with a sign-in and a cookie of its own."""

    STAFF = "staff"
    PARTNER = "partner"


class AccountSession(Base):
    """One sign-in: the session is valid while the row exists, and only in its portal.

    - ``digest``: SHA-256 of the random token in the cookie. ``agent``: the kind of the browser,
      such as "Firefox on Linux". ``seen_at``: the last request, at most a minute ago.
    - ``proved_at``: when the password or a code was last entered.
    """

    __tablename__ = "account_sessions"
    __table_args__ = (
        one_of("portal", PortalName),
        Index("ix_account_sessions_user_id", "user_id"),
        Index("ix_account_sessions_seen_at", "seen_at"),
    )

    id: Mapped[BigPrimaryKey]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    portal: Mapped[str] = mapped_column(String(7))
    agent: Mapped[str] = mapped_column(String(40))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    proved_at: Mapped[datetime]


class AccountPlace(Base):
    """A network from which an account has signed in, as a keyed hash."""

    __tablename__ = "account_places"
    __table_args__ = (Index("ix_account_places_seen_at", "seen_at"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    network: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    seen_at: Mapped[datetime]
