"""The filters of the delivery log, read from a query."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from petition.core.columns import LARGEST_ID
from petition.delivery.log.log_filters import LogFilters, Place, read_place
from petition.models import DeliveryState
from petition.models.states import NEEDS_A_PERSON
from petition.validation.whole_numbers import read_whole

# One choice for all states that wait for a person.
NEEDED = "needed"
LONGEST_TEXT = 100
LONGEST_MESSAGE_ID = 255
# Texts that are taken as they are, and the words of the page for each filter.
TEXTS = ("campaign", "district", "post", "channel", "code", "domain", "letter", "message_id")
DAYS = ("since", "until")
NAMES = ("state", *TEXTS, "by", *DAYS)
# Those that the page shows at once; it folds the others.
FIRST = ("state", "campaign", "district", "post")


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a query; empty means all.

    - ``state`` is one state or ``needed``. ``by`` is ``me``, ``cli`` or the number of an account.
      ``since`` and ``until`` are days in UTC, both included.
    - ``unread`` names the parameters with invalid values.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    after: Place | None = None
    unread: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def state(self) -> str:
        """The one state, ``needed``, or empty."""
        return self["state"]

    @property
    def states(self) -> tuple[DeliveryState, ...]:
        """The states to list; empty means all."""
        if self.state == NEEDED:
            return NEEDS_A_PERSON
        return (DeliveryState(self.state),) if self.state else ()

    @property
    def is_narrow(self) -> bool:
        """Whether any filter is set."""
        return bool(self.values)

    @property
    def has_more(self) -> bool:
        """Whether any filter is set that the page folds."""
        return any(name not in FIRST for name in self.values)

    def as_query(self, **changes: str) -> dict[str, str]:
        """Return them as query parameters, with changes; the place in the list is not one."""
        asked = dict(self.values) | changes
        return {name: asked[name] for name in (*NAMES, "after") if asked.get(name)}

    def ask(self, me: int, scope: frozenset[int] | None) -> LogFilters:
        """Return what the log is asked for, by an account and within the campaigns it may see."""
        by = self["by"]
        return LogFilters(
            states=self.states,
            acted_by="cli" if by == "cli" else f"staff:{me if by == 'me' else by}" if by else "",
            since=_start(self["since"]),
            until=_start(self["until"], days=1),
            scope=scope,
            **{name: self[name] for name in TEXTS},
        )


def read_filters(asked: Mapping[str, str]) -> Filters:
    """Return the filters of a query; invalid values are listed in ``unread`` and ignored."""
    values, unread = {}, []
    for name in NAMES:
        most = LONGEST_MESSAGE_ID if name == "message_id" else LONGEST_TEXT
        value = _clean(asked.get(name, ""), most)
        if value and _is_valid(name, value):
            values[name] = value
        elif asked.get(name, ""):
            unread.append(name)
    after = asked.get("after", "")
    place = read_place(after)
    if after and place is None:
        unread.append("after")
    return Filters(values, place, tuple(unread))


def _is_valid(name: str, value: str) -> bool:
    if name == "state":
        return value == NEEDED or value in list(DeliveryState)
    if name == "by":
        return value in ("me", "cli") or read_whole(value, LARGEST_ID) is not None
    if name in DAYS:
        try:
            return date.fromisoformat(value) < date.max
        except ValueError:
            return False
    return True


def _start(day: str, days: int = 0) -> datetime | None:
    if not day:
        return None
    return datetime.combine(date.fromisoformat(day), time(), UTC) + timedelta(days=days)


def _clean(text: str, most: int) -> str:
    """Return text without control characters: PostgreSQL refuses NUL, and no value has others."""
    printable = "".join(character for character in text if character.isprintable())
    return printable[:most].strip()
