"""Corrections: what an operator knows of a post better than the rosters do."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, String, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from petition.core.columns import PrimaryKey, one_of, partial_index
from petition.core.database import Base

if TYPE_CHECKING:
    from petition.models.officials.post import Official, Post


OF_HOLDER = "withdrawn_at IS NULL AND field = 'holder'"
OF_CONTACT = "withdrawn_at IS NULL AND field <> 'holder'"


class CorrectionField(StrEnum):
    """What of a post can be corrected."""

    HOLDER = "holder"
    EMAIL = "email"
    OFFICE = "office"


class Correction(Base):
    """One thing of a post, put right by hand; it goes before what any roster says.

    - ``official_id``: of a holder, who it is (None: nobody). Of an e-mail address or an office,
      whose it is: it counts while they hold the post, and for nobody else (None: the post's own).
    - ``value``: the name, the address, or the lines of the office; None: there is none.
    - ``roster_said``: what the roster said when it was made, in the same form.
    - ``until``: the last day on which it counts; None: no end.
    - ``source``: the command, or the row of a file, that it came by.
    - ``uq_corrections_holder``: of a post's holders one stands. ``uq_corrections_contact``: of its
      e-mail addresses and of its offices, one for each holder and one of its own.
      ``ck_corrections_holder_named``: a holder has a name and a person, or neither.
    - Nothing of a row changes but that it is withdrawn, once: ``corrections_refuse_change`` and
      ``corrections_refuse_delete``.
    """

    __tablename__ = "corrections"
    __table_args__ = (
        one_of("field", CorrectionField),
        CheckConstraint(
            "field <> 'holder' OR (official_id IS NULL) = (value IS NULL)", name="holder_named"
        ),
        CheckConstraint("value <> '' AND because <> '' AND made_by <> ''", name="filled_in"),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)"
            " AND (withdrawn_at IS NULL) = (withdrawn_because IS NULL)",
            name="withdrawn_whole",
        ),
        partial_index("uq_corrections_holder", "post_id", where=OF_HOLDER, unique=True),
        partial_index(
            "uq_corrections_contact",
            "post_id",
            "field",
            func.coalesce(text("official_id"), text("0")),
            where=OF_CONTACT,
            unique=True,
        ),
    )

    id: Mapped[PrimaryKey]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)
    official_id: Mapped[int | None] = mapped_column(ForeignKey("officials.id"))
    field: Mapped[str] = mapped_column(String(8))
    value: Mapped[str | None]
    roster_said: Mapped[str | None]
    because: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(200))
    until: Mapped[date | None]
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime]
    withdrawn_by: Mapped[str | None] = mapped_column(String(80))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None] = mapped_column(String(200))

    post: Mapped["Post"] = relationship(back_populates="corrections")
    official: Mapped["Official | None"] = relationship()

    @property
    def lines(self) -> tuple[str, ...]:
        """The value as lines; none where there is none."""
        return tuple(self.value.split("\n")) if self.value else ()

    def counts(self, on: date) -> bool:
        """Return whether it stands on a day: not withdrawn, and its last day is not past."""
        return self.withdrawn_at is None and (self.until is None or on <= self.until)


def find_correction(
    corrections: Iterable[Correction], field: CorrectionField, on: date, holder: "Official | None"
) -> Correction | None:
    """Return the correction of a contact that counts on a day: the holder's, else the post's.

    - Of several of a person whom two sources know, the latest.
    """
    found = [one for one in reversed([*corrections]) if one.field == field and one.counts(on)]
    of_holder = (one for one in found if holder and one.official and holder.is_same(one.official))
    return next(of_holder, next((one for one in found if one.official_id is None), None))
