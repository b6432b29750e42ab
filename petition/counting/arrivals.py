"""When the people of a hundred came, in equal stretches of time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.core.extensions import db
from petition.models import LedgerEntry, Milestone, Signature

MOST_STRETCHES = 30
# The lengths of a stretch; the shortest that needs no more than MOST_STRETCHES is taken.
LENGTHS = (
    *(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30)),
    *(timedelta(hours=hours) for hours in (1, 2, 3, 6, 12)),
    *(timedelta(days=days) for days in (1, 2, 7, 14, 30, 90, 365)),
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """How many came in each stretch, from the first to the last, those with nobody included.

    - ``length``: of each stretch; ``begins``: when each begins, a multiple of the length.
    """

    length: timedelta
    begins: list[datetime]
    people: list[int]


def read_moments(session: Session, milestone: Milestone) -> list[datetime]:
    """Return when each member of a milestone was confirmed, or else signed, in no order."""
    rows = session.execute(
        select(Signature.confirmed_at, Signature.created_at)
        .join(LedgerEntry, LedgerEntry.signature_id == Signature.id)
        .where(milestone.carries())
    )
    return [row.confirmed_at or row.created_at for row in rows]


def count_arrivals(milestone_id: int) -> Arrivals | None:
    """Return when the members of a milestone came; None if there is none, or it has none."""
    milestone = db.session.get(Milestone, milestone_id)
    moments = read_moments(db.session(), milestone) if milestone else []
    return divide(moments) if moments else None


def divide(moments: Sequence[datetime]) -> Arrivals:
    """Return the stretches of at least one moment."""
    first, last = min(moments), max(moments)
    length = next(
        (one for one in LENGTHS if _place(last, one) - _place(first, one) < MOST_STRETCHES),
        LENGTHS[-1],
    )
    counted = Counter(_place(moment, length) for moment in moments)
    places = range(_place(first, length), _place(last, length) + 1)
    return Arrivals(
        length=length,
        begins=[EPOCH + place * length for place in places],
        people=[counted[place] for place in places],
    )


def _place(moment: datetime, length: timedelta) -> int:
    return (moment - EPOCH) // length
