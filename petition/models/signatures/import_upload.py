"""ImportUpload: a list of signatures that an organization uploaded, until it is imported."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import (
    ROW_SECRET_BYTES,
    BigId,
    PrimaryKey,
    Sealed,
    one_of,
    partial_index,
)
from petition.core.database import Base


@dataclass(frozen=True, slots=True)
class UploadLayout:
    """What was found in an uploaded file; stored only sealed: a first line may name people.

    - ``first_rows``: as JSON, its headings and the cells of its first records, shortened.
    - ``bound_to``: the secret of its row.
    """

    name: str
    encoding: str
    delimiter: str
    first_rows: str
    bound_to: bytes = field(default=b"", repr=False, compare=False)

    @property
    def headings(self) -> list[str]:
        """The headings of its columns."""
        rows: list[list[str]] = json.loads(self.first_rows)
        return rows[0] if rows else []

    @property
    def sample(self) -> list[list[str]]:
        """Its first records."""
        rows: list[list[str]] = json.loads(self.first_rows)
        return rows[1:]


BROKEN_LAYOUT = UploadLayout("", "utf-8", ",", "[]")


@dataclass(frozen=True, slots=True)
class PieceContent:
    """Some bytes of a file in base64; stored only sealed. ``bound_to``: the secret of its row."""

    base64: str
    bound_to: bytes = field(default=b"", repr=False, compare=False)


BROKEN_PIECE = PieceContent("")


class PieceKind(StrEnum):
    """Which file a piece belongs to."""

    LIST = "list"  # as it was uploaded
    REFUSED = "refused"  # the rows that were not imported, with their reasons


class ImportUpload(Base):
    """One uploaded file of one organization for one campaign, and how far its import is.

    - 1, imported once: ``uq_import_uploads_batch_id``; the batch is begun in the transaction that
      names it here, only while there is none.
    - ``columns``: the number of the column of each field. ``rows``: about how many records it has,
      by its line breaks. ``agreed``: when and how its people agreed, as the organization typed it.
    - ``stored_at``: when all bytes were stored; None for one whose upload broke off.
    - ``due_at``: set while a worker must import it, or erase its people after ``undo``.
    - ``began_at``: when a worker took it first; ``ended_at``: when all of it was read, or it was
      given up for the reason ``failure``.
    """

    __tablename__ = "import_uploads"
    __table_args__ = (
        CheckConstraint("due_at IS NULL OR batch_id IS NOT NULL", name="due_begun"),
        CheckConstraint("failure IS NULL OR ended_at IS NOT NULL", name="failed_ended"),
        CheckConstraint('size > 0 AND "rows" >= 0', name="not_empty"),
        CheckConstraint("batch_id IS NULL OR stored_at IS NOT NULL", name="begun_stored"),
        partial_index("ix_import_uploads_due", "due_at", where="due_at IS NOT NULL"),
    )

    id: Mapped[PrimaryKey]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batches.id"), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigId)
    rows: Mapped[int]
    layout: Mapped[UploadLayout] = mapped_column(
        Sealed(UploadLayout, "import_upload.layout", BROKEN_LAYOUT, ("bound_to",))
    )
    bound_to: Mapped[bytes] = mapped_column(LargeBinary(ROW_SECRET_BYTES), deferred=True)
    columns: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    agreed: Mapped[str] = mapped_column(String(500), default="")
    failure: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[datetime]
    stored_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    began_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class UploadPiece(Base):
    """Some bytes of an upload's file, or of its file of refused rows, in the order of ``number``.

    - Rows and not a file of the host: the worker may be on another, and none is left by a kill.
    """

    __tablename__ = "import_pieces"
    __table_args__ = (one_of("kind", PieceKind),)

    upload_id: Mapped[int] = mapped_column(ForeignKey("import_uploads.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(7), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[PieceContent] = mapped_column(
        Sealed(PieceContent, "import_piece.content", BROKEN_PIECE, ("bound_to",))
    )
    bound_to: Mapped[bytes] = mapped_column(LargeBinary(ROW_SECRET_BYTES), deferred=True)
