"""RosterUpload: a roster that staff uploaded or typed, until it is imported."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import BigId, PrimaryKey
from petition.core.database import Base


class RosterUpload(Base):
    """One file, what its last dry run found, and whether it was imported.

    - ``options``: those of the import: ``state``, ``mode`` (``partial``, ``complete`` or empty),
      ``leave_out`` (labels) and ``skip_unjoined``.
    - ``report``: an ImportReport as JSON; ``failure``: why the roster was refused. The last dry run
      gave one of the two: ``ck_roster_uploads_checked_once``.
    - ``imported_at`` is set once, in the transaction of the import; its bytes are deleted then.
      Only what was found without fault is imported: ``ck_roster_uploads_imported_checked``.
    """

    __tablename__ = "roster_uploads"
    __table_args__ = (
        CheckConstraint("(report IS NULL) <> (failure IS NULL)", name="checked_once"),
        CheckConstraint("imported_at IS NULL OR report IS NOT NULL", name="imported_checked"),
        CheckConstraint("size > 0", name="not_empty"),
    )

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigId)
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    failure: Mapped[str | None]
    created_at: Mapped[datetime]
    imported_at: Mapped[datetime | None]
    imported_by: Mapped[str | None] = mapped_column(String(80))


class RosterPiece(Base):
    """Some bytes of an uploaded roster, in the order of ``number``: every web host reads them."""

    __tablename__ = "roster_pieces"

    upload_id: Mapped[int] = mapped_column(ForeignKey("roster_uploads.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)
