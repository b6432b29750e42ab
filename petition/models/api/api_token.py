"""Tokens by which an organization's programs use the API."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import PrimaryKey
from petition.core.database import Base

DIGEST_BYTES = 32
LONGEST_TOKEN_NAME = 60


class ApiToken(Base):
    """One token, which was shown once: only its SHA-256 is here.

    - ``prefix``: its first characters, by which people tell tokens apart. ``scopes``: of
      petition/partners/tokens/scopes.py, with spaces between them.
    - ``replaces``: the token that it was made to replace, which then ends soon; a token is replaced
      once. ``last_used_at``: to the hour.
    - ``api_tokens_refuse_change``: whose it is, what it may do and its hash never change, it never
      ends later than it was to, and what was revoked stays so.
    """

    __tablename__ = "api_tokens"
    __table_args__ = (
        CheckConstraint("length(digest) = 32", name="digest_whole"),
        CheckConstraint("replaces IS NULL OR replaces <> id", name="replaces_another"),
        Index("ix_api_tokens_organization_id", "organization_id"),
    )

    id: Mapped[PrimaryKey]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column(String(LONGEST_TOKEN_NAME))
    digest: Mapped[bytes] = mapped_column(LargeBinary(DIGEST_BYTES), unique=True)
    prefix: Mapped[str] = mapped_column(String(12))
    scopes: Mapped[str] = mapped_column(String(200))
    created_by: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    replaces: Mapped[int | None] = mapped_column(ForeignKey("api_tokens.id"), unique=True)
