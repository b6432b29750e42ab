"""What became of a letter, told from its deliveries in the words of the public."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row

from petition.models import DeliveryState

AnyRow = Row[*tuple[Any, ...]]
ARRIVED = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)
STOPPED = (DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.UNKNOWN)


class Fate(StrEnum):
    """What became of a letter, in as many words as the public needs."""

    DELIVERED = "delivered"
    ON_ITS_WAY = "on its way"
    HELD = "held"  # people left, or the seat is vacant
    NOT_DELIVERED = "not delivered"  # staff are looking at it
    CANCELLED = "cancelled"


def group_by_id(rows: Iterable[AnyRow]) -> list[list[AnyRow]]:
    """Return the rows that have the same ``id``, which stand together."""
    groups: dict[int, list[AnyRow]] = {}
    for row in rows:
        groups.setdefault(row.id, []).append(row)
    return list(groups.values())


def judge_fate(states: Iterable[str]) -> Fate:
    """Return the fate of several deliveries: that of the best of them."""
    found = set(states)
    if found & set(ARRIVED):
        return Fate.DELIVERED
    if not found or found == {DeliveryState.CANCELLED}:
        return Fate.CANCELLED if found else Fate.HELD
    if found <= {*STOPPED, DeliveryState.CANCELLED}:
        return Fate.NOT_DELIVERED
    if found <= {*STOPPED, DeliveryState.CANCELLED, DeliveryState.HELD}:
        return Fate.HELD
    return Fate.ON_ITS_WAY


def find_arrival(rows: Iterable[AnyRow]) -> datetime | None:
    """Return when the first of the deliveries arrived; None while none has."""
    return min(
        (row.settled_at for row in rows if row.state in ARRIVED and row.settled_at), default=None
    )
