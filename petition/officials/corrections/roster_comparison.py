"""Compares the corrections of posts with what the rosters say of them today."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from petition.models import Correction, CorrectionField, Official, Post
from petition.models.post import fold_name, load_addressing
from petition.officials.district_index import read_ground

LABELS = {
    CorrectionField.HOLDER: "holder",
    CorrectionField.EMAIL: "e-mail",
    CorrectionField.OFFICE: "office",
}


class Agreement(StrEnum):
    """How a correction that was not withdrawn stands beside the rosters."""

    STANDS = "stands"  # they say what they said when it was made
    CHANGED = "changed"  # they say something new, and not what it says: a person looks
    AGREES = "agrees"  # they say the same by now: it may go
    UNUSED = "unused"  # whose address it is does not hold the post, or its district is no more
    OVER = "over"  # its last day is past


@dataclass(frozen=True, slots=True)
class Compared:
    """A correction, and what the rosters say instead.

    - ``value``, ``roster_says``, ``roster_said``: names and addresses; the lines of an office are
      parted by line ends; None: nobody, or none.
    - ``whose``: whom an address belongs to; None: to the post, or it is no address.
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
        """Whether it is in use and the rosters say otherwise."""
        return self.agreement in (Agreement.STANDS, Agreement.CHANGED)

    def describe(self) -> str:
        """Return it as a line: what was put in, and what the rosters say."""
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
    ground = read_ground(session) if wanted else None
    return [
        _compare(one, today, bool(ground and ground.find(one.post.division_id))) for one in wanted
    ]


def read_word(
    post: Post, field: CorrectionField, whose: Official | None, today: date
) -> str | None:
    """Return what the rosters say of a post today, in the form of a correction's value.

    - ``whose``: of an address, the holder whose it is; None: the post's own.
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


def _compare(one: Correction, today: date, in_force: bool) -> Compared:
    field = CorrectionField(one.field)
    of_contact = field != CorrectionField.HOLDER
    says = read_word(one.post, field, one.official if of_contact else None, today)
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
