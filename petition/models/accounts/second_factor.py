"""The second factor of an account: its TOTP secret and its recovery codes."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import BigId, PrimaryKey, Sealed, Unreadable, partial_index
from petition.core.database import Base


@dataclass(frozen=True, slots=True)
class TotpSecret:
    """The key that an authenticator app and the service share; stored only sealed.

    - ``key``: base32 (RFC 4648). ``bound_to``: the secret of the row that it is sealed for.
    """

    is_readable: ClassVar[bool] = True

    key: str
    bound_to: bytes = field(default=b"", repr=False, compare=False)


class BrokenTotpSecret(Unreadable, TotpSecret):
    """The placeholder for a secret that does not open; access to its key raises SealBroken."""

    __slots__ = ()


class SecondFactor(Base):
    """The TOTP secret of an account, sealed; in force once ``confirmed_at`` is set.

    - One is in force, and one is being set up: ``uq_second_factors_in_force``, ``..._new``.
    - ``last_step``: the time step (RFC 6238) of the last code that was used: none is used twice.
    """

    __tablename__ = "second_factors"
    __table_args__ = (
        CheckConstraint("last_step IS NULL OR confirmed_at IS NOT NULL", name="used_is_confirmed"),
        partial_index(
            "uq_second_factors_in_force", "user_id", unique=True, where="confirmed_at IS NOT NULL"
        ),
        partial_index(
            "uq_second_factors_new", "user_id", unique=True, where="confirmed_at IS NULL"
        ),
    )

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    secret: Mapped[TotpSecret] = mapped_column(
        Sealed(TotpSecret, "second factor", BrokenTotpSecret(), ("bound_to",))
    )
    bound_to: Mapped[bytes] = mapped_column(LargeBinary(16))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int | None] = mapped_column(BigId)


class RecoveryCode(Base):
    """An unused recovery code, as a keyed hash; the row is deleted when the code is used."""

    __tablename__ = "recovery_codes"
    __table_args__ = (Index("ix_recovery_codes_user_id", "user_id"),)

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime]
