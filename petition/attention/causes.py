"""Causes as they are read, and reading rows into them within bounds."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from petition.accounts.permissions import Permission
from petition.models import Campaign

# The most rows that are counted for a cause: of more, it is only said that there are more.
MOST_COUNTED = 1000
# The most rows that are read at once for all campaigns; above it each campaign is read by itself.
MOST_READ = 5 * MOST_COUNTED
LONGEST_SUBJECT = 20
_CODE = re.compile(r"\b[245]\d\d\b")


@dataclass(frozen=True, slots=True)
class FoundCause:
    """What waits for one cause.

    - ``campaign_id``: None for what concerns the service. ``subject``: a code, or empty.
    - ``number``: at most MOST_COUNTED + 1, which says that there are more.
    - ``since``: how long the oldest has waited; None: since it was first read.
    """

    campaign_id: int | None
    subject: str
    number: int
    since: datetime | None
    detail: str = ""


Read = Callable[[Session], Sequence[FoundCause]]


@dataclass(frozen=True, slots=True)
class AttentionSource:
    """One kind of thing that waits for a person.

    - ``read``: returns its causes that there are now. ``command``: what lists them.
    - ``sees``: who is shown it; ``acts``: who may take, defer and settle it.
    - ``is_urgent``: it cannot wait for the daily digest.
    """

    read: Read
    command: str
    sees: Permission
    acts: Permission
    is_urgent: bool = False


def count_all(select_since: Callable[[], Select[datetime]]) -> Read:
    """Return the reading of a query of since when each waits, as one cause of the service."""

    def read(session: Session) -> Sequence[FoundCause]:
        waits = select_since().limit(MOST_COUNTED + 1).subquery()
        number, since = session.execute(select(func.count(), func.min(waits.c[0]))).one()
        return [FoundCause(None, "", number, since)] if number else []

    return read


def count_by_campaign(
    select_since: Callable[[], Select[datetime]], campaign: InstrumentedAttribute[int]
) -> Read:
    """Return the reading of such a query for each campaign by itself.

    - ``campaign``: the column of the query that has the campaign's id, by which an index begins.
    """

    def read(session: Session) -> Sequence[FoundCause]:
        found = []
        for campaign_id in session.scalars(select(Campaign.id).order_by(Campaign.id)).all():
            query = select_since().where(campaign == campaign_id).limit(MOST_COUNTED + 1).subquery()
            number, since = session.execute(select(func.count(), func.min(query.c[0]))).one()
            if number:
                found.append(FoundCause(campaign_id, "", number, since))
        return found

    return read


def count_grouped(
    query: Callable[[], Select[*tuple[Any, ...]]],
    campaign: InstrumentedAttribute[int],
    by_code: bool = False,
) -> Read:
    """Return the reading of rows (campaign, code, since) as a cause for each campaign.

    - ``by_code``: and for each code of the mail server's reply.
    - Many rows of one campaign hide none of another's: above MOST_READ each is read by itself.
    """

    def read(session: Session) -> Sequence[FoundCause]:
        groups = _group(session, query().limit(MOST_READ))
        if sum(number for *_, number, _ in groups) < MOST_READ:
            return _merge(groups, by_code)
        groups = []
        for campaign_id in session.scalars(select(Campaign.id).order_by(Campaign.id)).all():
            one = query().where(campaign == campaign_id).limit(MOST_COUNTED + 1)
            groups += _group(session, one)
        return _merge(groups, by_code)

    return read


def _group(
    session: Session, query: Select[*tuple[Any, ...]]
) -> list[tuple[int | None, str | None, int, datetime]]:
    rows = query.subquery()
    campaign, code, since = rows.c
    grouped = select(campaign, code, func.count(), func.min(since)).group_by(campaign, code)
    return [(*row,) for row in session.execute(grouped)]


def _merge(
    groups: Iterable[tuple[int | None, str | None, int, datetime]], by_code: bool
) -> list[FoundCause]:
    merged: dict[tuple[int | None, str], tuple[int, datetime]] = {}
    for campaign_id, code, number, since in groups:
        key = (campaign_id, _shorten(code) if by_code else "")
        before, oldest = merged.get(key, (0, since))
        merged[key] = (min(before + number, MOST_COUNTED + 1), min(oldest, since))
    return [FoundCause(*key, *value) for key, value in sorted(merged.items(), key=_order)]


def _order(item: tuple[tuple[int | None, str], Any]) -> tuple[int, str]:
    (campaign_id, code), _ = item
    return campaign_id or 0, code


def _shorten(reason: str | None) -> str:
    """Return the reply code of a reason, without its text: the same for all offices."""
    found = _CODE.search(reason or "")
    return found[0] if found else "other"
