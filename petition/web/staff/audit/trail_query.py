"""The filters of the audit trail, read from a query."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from petition.audit.trail_search import TrailFilters
from petition.core.columns import LARGEST_BIG_ID
from petition.validation.whole_numbers import read_whole

NAMES = ("subject", "id", "kind", "actor", "since", "until")
_FORMS = {
    "subject": re.compile(r"[a-z_-]{1,20}"),
    "kind": re.compile(r"[a-z0-9_.-]{1,40}"),
    "actor": re.compile(r"[a-z]{1,20}(:[0-9]{1,19})?"),
}


@dataclass(frozen=True, slots=True)
class TrailQuery:
    """The filters of a query, and the event before which the page begins.

    - ``since`` and ``until`` are days in UTC, both included. ``unread`` names the parameters with
      invalid values.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    before: int | None = None
    unread: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def is_narrow(self) -> bool:
        """Whether any filter is set."""
        return bool(self.values)

    def as_query(self, **changes: str) -> dict[str, str]:
        """Return them as query parameters, with changes; the place in the list is not one."""
        return dict(self.values) | changes

    def ask(self) -> TrailFilters:
        """Return what the trail is asked for."""
        return TrailFilters(
            self["subject"],
            int(self["id"]) if self["id"] else None,
            self["kind"],
            self["actor"],
            _start(self["since"]),
            _start(self["until"], days=1),
        )


def read_query(asked: Mapping[str, str]) -> TrailQuery:
    """Return the filters of a query; invalid values are listed in ``unread`` and ignored."""
    values, unread = {}, []
    for name in NAMES:
        value = asked.get(name, "").strip()
        if value and _is_valid(name, value):
            values[name] = value
        elif value:
            unread.append(name)
    before = asked.get("before", "")
    place = read_whole(before, LARGEST_BIG_ID)
    if before and place is None:
        unread.append("before")
    return TrailQuery(values, place, tuple(unread))


def _is_valid(name: str, value: str) -> bool:
    if name == "id":
        return read_whole(value, LARGEST_BIG_ID) is not None
    if name in _FORMS:
        return _FORMS[name].fullmatch(value) is not None
    try:
        return date(1970, 1, 2) < date.fromisoformat(value) < date(9999, 1, 1)
    except ValueError:
        return False


def _start(day: str, days: int = 0) -> datetime | None:
    if not day:
        return None
    return datetime.combine(date.fromisoformat(day), time(), UTC) + timedelta(days=days)
