"""The filters of the delivery log, read from a query."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from petition.models import DeliveryState
from petition.models.states import NEEDS_A_PERSON

# One choice for all states that wait for a person.
NEEDED = "needed"
LONGEST_TEXT = 100
LAST_PAGE = 100_000


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a query; empty means all.

    - ``state`` is one state or ``needed``. ``since`` is a day, in UTC.
    - ``unread`` names the parameters with invalid values.
    """

    state: str = ""
    campaign: str = ""
    district: str = ""
    since: date | None = None
    page: int = 1
    unread: tuple[str, ...] = ()

    @property
    def states(self) -> tuple[DeliveryState, ...]:
        """The states to list; empty means all."""
        if self.state == NEEDED:
            return NEEDS_A_PERSON
        return (DeliveryState(self.state),) if self.state else ()

    @property
    def since_moment(self) -> datetime | None:
        """The start of the day, in UTC."""
        return datetime.combine(self.since, time(), UTC) if self.since else None

    @property
    def is_narrow(self) -> bool:
        """Whether any filter is set."""
        return bool(self.state or self.campaign or self.district or self.since)

    def as_query(self, **changes: str | int) -> dict[str, str | int]:
        """Return them as query parameters, with changes."""
        asked: dict[str, str | int] = {
            "state": self.state,
            "campaign": self.campaign,
            "district": self.district,
            "since": self.since.isoformat() if self.since else "",
        }
        return {name: value for name, value in (asked | changes).items() if value}


def read_filters(asked: Mapping[str, str]) -> Filters:
    """Return the filters of a query; invalid values are listed in ``unread`` and ignored."""
    filters = Filters(
        campaign=_clean(asked.get("campaign", "")), district=_clean(asked.get("district", ""))
    )
    unread = []
    state = asked.get("state", "")
    if state == NEEDED or state in list(DeliveryState):
        filters = replace(filters, state=state)
    elif state:
        unread.append("state")
    since = asked.get("since", "")
    try:
        filters = replace(filters, since=date.fromisoformat(since) if since else None)
    except ValueError:
        unread.append("since")
    page = asked.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1
    return replace(filters, page=min(max(number, 1), LAST_PAGE), unread=tuple(unread))


def _clean(text: str) -> str:
    """Return text without control characters: PostgreSQL refuses NUL, and no value has others."""
    printable = "".join(character for character in text if character.isprintable())
    return printable[:LONGEST_TEXT].strip()
