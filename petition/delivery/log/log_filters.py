"""What the delivery log is asked for, and where a page of it begins."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from petition.core.columns import LARGEST_ID
from petition.models import DeliveryState
from petition.models.states import NEEDS_A_PERSON
from petition.validation.whole_numbers import read_whole

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LARGEST_MICROSECONDS = 253_402_300_799_999_999  # the year 9999


@dataclass(frozen=True, slots=True)
class LogFilters:
    """The filters of the delivery log; empty means all, several must all be met.

    - ``campaign`` is a slug. ``district`` is part of its name, or its Census or division id.
      ``post`` is part of the post's title or of a holder's name.
    - ``code``: of the last reply or bounce, ``550`` or ``5.1.1``. ``domain``: of the address of the
      last attempt. ``acted_by``: the last person who acted, as events name them.
    - ``letter``: the code that is printed in it. ``message_id``: with or without its brackets.
    - ``since``, ``until``: when the delivery was planned; ``until`` is not included.
    - ``scope``: the ids of the campaigns that may be seen; None: all.
    """

    states: tuple[DeliveryState, ...] = ()
    campaign: str = ""
    district: str = ""
    post: str = ""
    channel: str = ""
    code: str = ""
    domain: str = ""
    letter: str = ""
    message_id: str = ""
    acted_by: str = ""
    since: datetime | None = None
    until: datetime | None = None
    scope: frozenset[int] | None = None

    @property
    def groups(self) -> tuple[tuple[DeliveryState, ...], ...]:
        """The states to list, those that wait for a person first."""
        states = self.states or tuple(DeliveryState)
        waiting = tuple(state for state in states if state in NEEDS_A_PERSON)
        others = tuple(state for state in states if state not in NEEDS_A_PERSON)
        return (waiting, others)

    @property
    def is_counted(self) -> bool:
        """Whether the counts by campaign and state tell how many match."""
        return not any(
            (
                self.district,
                self.post,
                self.channel,
                self.code,
                self.domain,
                self.letter,
                self.message_id,
                self.acted_by,
                self.since,
                self.until,
            )
        )


@dataclass(frozen=True, slots=True)
class Place:
    """The last line of a page, after which the next begins.

    - ``group``: its place in ``LogFilters.groups``. Lines of a group are newest first.
    """

    group: int
    created_at: datetime
    id: int

    def write(self) -> str:
        """Return it as an address has it."""
        return f"{self.group}-{(self.created_at - EPOCH) // MICROSECOND}-{self.id}"


def read_place(written: str) -> Place | None:
    """Return the place that an address has; None if it is none."""
    parts = written.split("-")
    if len(parts) != 3:
        return None
    most = (1, LARGEST_MICROSECONDS, LARGEST_ID)
    group, moment, number = map(read_whole, parts, most)
    if group is None or moment is None or number is None:
        return None
    return Place(group, EPOCH + moment * MICROSECOND, number)
