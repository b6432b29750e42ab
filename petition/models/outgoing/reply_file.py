"""ReplyFile: the addresses of the signers of one letter who would like an answer."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import ROW_SECRET_BYTES, Sealed
from petition.core.database import Base


@dataclass(frozen=True, slots=True)
class ReplyRows:
    """The text of a file; stored only sealed. ``bound_to``: the secret of its row."""

    csv: str
    bound_to: bytes = field(default=b"", repr=False, compare=False)


# Placeholder for rows that do not open: a file is never empty.
BROKEN_ROWS = ReplyRows("")


class ReplyFile(Base):
    """The file that goes with the letters of a milestone: name, ZIP code and e-mail of signers.

    - Written at the first attempt with a letter that it goes with, and deleted some time after the
      last hand-over (petition/retention/reply_files.py).
    - 5, the same bytes: the primary key gives letters that name the same people the same file.
      ``mark``: the keyed hash of its text, which its letters have in ``Letter.replies``.
    - 7, no consent, no data: ``reply_files_refuse_unsealed`` refuses a file before its letter
      begins to go, so that whoever takes the consent back before is in none.
    """

    __tablename__ = "reply_files"
    __table_args__ = (
        CheckConstraint("people > 0", name="not_empty"),
        CheckConstraint("length(mark) = 64", name="mark_is_hex"),
    )

    milestone_id: Mapped[int] = mapped_column(ForeignKey("milestones.id"), primary_key=True)
    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    people: Mapped[int]
    rows: Mapped[ReplyRows] = mapped_column(
        Sealed(ReplyRows, "reply_file.rows", BROKEN_ROWS, ("bound_to",)), deferred=True
    )
    bound_to: Mapped[bytes] = mapped_column(LargeBinary(ROW_SECRET_BYTES), deferred=True)
    made_at: Mapped[datetime]
