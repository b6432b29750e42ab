"""Corrections: data of a post by an operator, which take precedence over the rosters."""

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
    """The data of a post that can be corrected."""

    HOLDER = "holder"
    EMAIL = "email"
    OFFICE = "office"


class Correction(Base):
    """One value of a post, corrected by hand; it takes precedence over any roster.

    - ``official_id``: for a holder, the person (None: nobody). For an e-mail address or an office,
      its owner: it applies while they hold the post, and to nobody else (None: the post's own).
    - ``value``: the name, the address, or the lines of the office; None: there is none.
    - ``roster_said``: the value of the roster when the correction was made, in the same form.
    - ``until``: the last day on which it applies; None: no end.
    - ``source``: the command or page, or the row of a file, by which it was made.
    - ``uq_corrections_holder``: one in force of a post's holder. ``uq_corrections_contact``: one in
      force of its e-mail address and of its office, for each holder and for the post itself.
      ``ck_corrections_holder_named``: a holder has a name and a person, or neither.
    - The only change of a row is that it is withdrawn, once: ``corrections_refuse_change`` and
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
        """The value as lines; empty if there is none."""
        return tuple(self.value.split("\n")) if self.value else ()

    def counts(self, on: date) -> bool:
        """Return whether it applies on a day: not withdrawn, and its last day is not past."""
        return self.withdrawn_at is None and (self.until is None or on <= self.until)


def find_correction(
    corrections: Iterable[Correction], field: CorrectionField, on: date, holder: "Official | None"
) -> Correction | None:
    """Return the correction of a contact that applies on a day: the holder's, else the post's.

    - The latest, if a person who is in two sources has several.
    """
    found = [one for one in reversed([*corrections]) if one.field == field and one.counts(on)]
    of_holder = (one for one in found if holder and one.official and holder.is_same(one.official))
    return next(of_holder, next((one for one in found if one.official_id is None), None))
