"""Compare the corrections of posts with what the rosters say today."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from petition.models import Correction, CorrectionField, Official, Post
from petition.models.officials.post import fold_name, load_addressing
from petition.officials.district_index import read_district_index

LABELS = {
    CorrectionField.HOLDER: "holder",
    CorrectionField.EMAIL: "e-mail",
    CorrectionField.OFFICE: "office",
}


class Agreement(StrEnum):
    """How a correction that was not withdrawn compares with the rosters."""

    STANDS = "stands"  # the rosters say the same as when it was made
    CHANGED = "changed"  # they say something else by now, which is not its value: needs review
    AGREES = "agrees"  # they have its value by now: it can be withdrawn
    UNUSED = "unused"  # its person does not hold the post any more, or its district is out of force
    OVER = "over"  # its last day has passed


@dataclass(frozen=True, slots=True)
class Compared:
    """A correction with the value of the rosters.

    - ``value``, ``roster_says``, ``roster_said``: names and addresses; the lines of an office are
      separated by newlines; None: nobody, or none.
    - ``whose``: the person an address belongs to; None: the post, or it is not an address.
    """

    id: int
    post_id: int
    post: str
    division_id: str
    field: str
    value: str | None
    whose: str | None
    roster_says: str | None
    roster_said: str | None
    agreement: Agreement
    until: str | None
    because: str
    source: str
    made_by: str
    made_at: datetime

    @property
    def differs(self) -> bool:
        """Whether it is in use and the rosters have another value."""
        return self.agreement in (Agreement.STANDS, Agreement.CHANGED)

    def describe(self) -> str:
        """Return it as a line: its value, and the rosters' value."""
        says = show_value(self.roster_says)
        news = ", which is new" if self.agreement is Agreement.CHANGED else ""
        whose = f" of {self.whose}" if self.whose else ""
        label = LABELS[CorrectionField(self.field)]
        return (
            f"{self.post}, {label}{whose}: {show_value(self.value)} by hand ({self.because}); "
            f"the roster says {says}{news}"
        )


def compare_corrections(
    session: Session, today: date, post_ids: Collection[int] | None = None
) -> list[Compared]:
    """Return the corrections that were not withdrawn, in the order in which they were made.

    - ``post_ids``: only those of these posts; None: of all.
    """
    found = session.scalars(
        select(Correction)
        .where(Correction.withdrawn_at.is_(None))
        .options(
            selectinload(Correction.official).selectinload(Official.offices),
            selectinload(Correction.post).options(*load_addressing()),
        )
        .order_by(Correction.id)
    ).all()
    wanted = [one for one in found if post_ids is None or one.post_id in post_ids]
    index = read_district_index(session) if wanted else None
    return [
        compare_one(one, today, bool(index and index.find(one.post.division_id))) for one in wanted
    ]


def read_roster_value(
    post: Post, field: CorrectionField, whose: Official | None, today: date
) -> str | None:
    """Return the rosters' value for a post today, in the form of a correction's value.

    - ``whose``: for an address, the holder it belongs to; None: the post.
    """
    listed = None if post.is_body else post.find_listed_holder(today)
    if field == CorrectionField.HOLDER:
        return listed.name if listed else None
    if whose is None:
        person = None if post.is_body else post.find_holder(today)
    else:
        person = post.find_record(whose, today)
    if field == CorrectionField.EMAIL:
        return post.find_listed_email(person)
    return "\n".join(post.list_listed_lines(person)) or None


def show_value(value: str | None) -> str:
    """Return a value as a line; "none" for None."""
    return ", ".join(value.split("\n")) if value else "none"


def compare_one(one: Correction, today: date, in_force: bool) -> Compared:
    """Return a correction with the value of the rosters; ``in_force``: its district is loaded."""
    field = CorrectionField(one.field)
    of_contact = field != CorrectionField.HOLDER
    says = read_roster_value(one.post, field, one.official if of_contact else None, today)
    return Compared(
        id=one.id,
        post_id=one.post_id,
        post=one.post.title,
        division_id=one.post.division_id,
        field=field.value,
        value=one.value,
        whose=one.official.name if of_contact and one.official else None,
        roster_says=says,
        roster_said=one.roster_said,
        agreement=_judge(one, says, today, in_force and one.post.active),
        until=one.until.isoformat() if one.until else None,
        because=one.because,
        source=one.source,
        made_by=one.made_by,
        made_at=one.made_at,
    )


def _judge(one: Correction, says: str | None, today: date, in_force: bool) -> Agreement:
    if not one.counts(today):
        return Agreement.OVER
    if not in_force or not _is_of_holder(one, today):
        return Agreement.UNUSED
    if _is_equal(says, one.value):
        return Agreement.AGREES
    return Agreement.STANDS if _is_equal(says, one.roster_said) else Agreement.CHANGED


def _is_of_holder(one: Correction, today: date) -> bool:
    if one.field == CorrectionField.HOLDER or one.official is None:
        return True
    holder = one.post.find_holder(today)
    return holder is not None and holder.is_same(one.official)


def _is_equal(left: str | None, right: str | None) -> bool:
    return fold_name(left or "") == fold_name(right or "")
