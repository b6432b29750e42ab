"""What a member of staff asked the delivery log for: the sentence above the list."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from petition.health.figures import NEEDS_A_PERSON
from petition.models import DeliveryState

# One choice for all states in which somebody has to do something.
NEEDED = "needed"
LONGEST_TEXT = 100
LAST_PAGE = 100_000


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters as they stand in the address; empty means all.

    - ``state`` is one state or ``needed``. ``since`` is a day, in UTC.
    - ``unread`` names what was asked for and could not be understood.
    """

    state: str = ""
    campaign: str = ""
    district: str = ""
    since: date | None = None
    page: int = 1
    unread: tuple[str, ...] = ()

    @property
    def states(self) -> tuple[DeliveryState, ...]:
        """The states that the list shall show; empty means all."""
        if self.state == NEEDED:
            return NEEDS_A_PERSON
        return (DeliveryState(self.state),) if self.state else ()

    @property
    def since_moment(self) -> datetime | None:
        """The first moment of the day."""
        return datetime.combine(self.since, time(), UTC) if self.since else None

    @property
    def is_narrow(self) -> bool:
        """Whether anything is filtered at all."""
        return bool(self.state or self.campaign or self.district or self.since)

    def as_query(self, **changes: str | int) -> dict[str, str | int]:
        """Return them as the arguments of an address, with what shall be different."""
        asked: dict[str, str | int] = {
            "state": self.state,
            "campaign": self.campaign,
            "district": self.district,
            "since": self.since.isoformat() if self.since else "",
        }
        return {name: value for name, value in (asked | changes).items() if value}


def read_filters(asked: Mapping[str, str]) -> Filters:
    """Return the filters that an address asks for; what it spells wrong is named, not guessed."""
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
    """Databases refuse NUL, and nothing that is searched for has a control character."""
    printable = "".join(character for character in text if character.isprintable())
    return printable[:LONGEST_TEXT].strip()
