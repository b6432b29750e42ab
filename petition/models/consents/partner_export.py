"""Exports of an organization's people: what was asked for, whom it is of, and each download."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, ForeignKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import BigId, PrimaryKey, one_of, partial_index
from petition.core.database import Base

# One file, and one more if it did not arrive.
MOST_DOWNLOADS = 2


class ExportFormat(StrEnum):
    """How the rows of an export are written."""

    CSV = "csv"
    JSON_LINES = "jsonl"


class PartnerExport(Base):
    """One list that somebody of an organization asked for; it contains ids and counts only.

    - ``user_id`` or ``token_id``: the member or the program that asked, never both.
    - ``campaign_id``, ``since``: the filters; consents given from ``since`` on; None: all.
    - ``total``: how many there were as the preparation began, None before. ``counted``: how many
      were written down so far, in ``pages`` pages, up to ``last_consent_id``.
    - ``due_at``: set while it is prepared. ``ready_at``, ``expires_at``: set once it is.
    """

    __tablename__ = "partner_exports"
    __table_args__ = (
        one_of("format", ExportFormat),
        CheckConstraint("purpose IN ('updates', 'contact')", name="purpose_known"),
        CheckConstraint("(user_id IS NULL) <> (token_id IS NULL)", name="asked_by_one"),
        CheckConstraint("(ready_at IS NULL) = (expires_at IS NULL)", name="ready_expires"),
        CheckConstraint("(due_at IS NULL) = (ready_at IS NOT NULL)", name="due_until_ready"),
        partial_index("ix_partner_exports_due", "due_at", where="due_at IS NOT NULL"),
    )

    id: Mapped[PrimaryKey]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    token_id: Mapped[int | None] = mapped_column(ForeignKey("api_tokens.id"))
    purpose: Mapped[str] = mapped_column(String(20))
    format: Mapped[str] = mapped_column(String(5))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"))
    since: Mapped[datetime | None]
    total: Mapped[int | None]
    counted: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int] = mapped_column(default=0)
    last_consent_id: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class ExportPage(Base):
    """A page of an export that is not spent: the ids of consents, sorted; deleted afterwards."""

    __tablename__ = "partner_export_pages"

    export_id: Mapped[int] = mapped_column(ForeignKey("partner_exports.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    consent_ids: Mapped[list[Any]] = mapped_column(JSON)


class ExportDownload(Base):
    """One file of an export that was given out.

    - 7, no consent, no data: it has an access, written before the first byte.
    - Single use: ``pk_partner_export_downloads`` and ``ck_partner_export_downloads_number_known``
      allow two rows, the file and its one retry.
    - ``people``, ``size`` (bytes) and ``sha256`` (hex digits): of what was written, None until all
      was. ``ended_at``: when it was complete or broken off.
    """

    __tablename__ = "partner_export_downloads"
    __table_args__ = (
        CheckConstraint(f"number BETWEEN 1 AND {MOST_DOWNLOADS}", name="number_known"),
        CheckConstraint(
            "(sha256 IS NULL) = (size IS NULL) AND (sha256 IS NULL) = (people IS NULL)",
            name="whole",
        ),
        CheckConstraint("sha256 IS NULL OR ended_at IS NOT NULL", name="whole_ended"),
        ForeignKeyConstraint(["access_id"], ["accesses.id"]),
    )

    export_id: Mapped[int] = mapped_column(ForeignKey("partner_exports.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    access_id: Mapped[int] = mapped_column(BigId, unique=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    people: Mapped[int | None]
    size: Mapped[int | None] = mapped_column(BigId)
    sha256: Mapped[str | None] = mapped_column(String(64))
