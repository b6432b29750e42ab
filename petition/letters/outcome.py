"""The outcome of a letter for the public, derived from its deliveries.

No word claims more than is known: a mail server that accepted a letter is not an office that has
read it. docs/decisions/words.md lists every sentence with the state that it describes.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row

from petition.core.settings import OUTBOX
from petition.models import DeliveryState

AnyRow = Row[*tuple[Any, ...]]
# A mail server or the outbox has accepted it.
SENT = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)
STOPPED = (DeliveryState.FAILED, DeliveryState.BOUNCED)
AT_REST = frozenset({*STOPPED, DeliveryState.UNKNOWN, DeliveryState.HELD, DeliveryState.CANCELLED})


class LetterOutcome(StrEnum):
    """The outcome of a letter, in the detail that the public needs."""

    DELIVERED = "delivered"  # proof of its arrival was received
    HANDED_OVER = "handed over"  # the office's mail server accepted it
    OUTBOX = "in the outbox"  # this service keeps it in a folder and has sent it to no office
    ON_ITS_WAY = "on its way"
    UNKNOWN = "unknown"  # handed over without an answer: it may have arrived
    HELD = "held"  # signers left, the seat is vacant, or staff review it
    NOT_DELIVERED = "not delivered"  # refused, returned, or given up: staff review it
    CANCELLED = "cancelled"


def group_by_id(rows: Iterable[AnyRow]) -> list[list[AnyRow]]:
    """Return the rows grouped by ``id``; rows with the same ``id`` must be adjacent."""
    groups: dict[int, list[AnyRow]] = {}
    for row in rows:
        groups.setdefault(row.id, []).append(row)
    return list(groups.values())


def judge_fate(deliveries: Iterable[tuple[str, str]]) -> LetterOutcome:
    """Return the outcome of several deliveries, each a state and a channel: the best of them."""
    found = set(deliveries)
    states = {state for state, _ in found}
    if DeliveryState.DELIVERED in states:
        return LetterOutcome.DELIVERED
    if DeliveryState.ACCEPTED in states:
        by = {channel for state, channel in found if state == DeliveryState.ACCEPTED}
        return LetterOutcome.OUTBOX if by == {OUTBOX} else LetterOutcome.HANDED_OVER
    if states - AT_REST:
        return LetterOutcome.ON_ITS_WAY
    return _judge_rest(states)


def _judge_rest(states: set[str]) -> LetterOutcome:
    """Return the outcome of deliveries of which none proceeds without a person."""
    if DeliveryState.UNKNOWN in states:
        return LetterOutcome.UNKNOWN
    if DeliveryState.HELD in states or not states:
        return LetterOutcome.HELD
    return (
        LetterOutcome.CANCELLED
        if states == {DeliveryState.CANCELLED}
        else LetterOutcome.NOT_DELIVERED
    )


def find_sending(rows: Iterable[AnyRow]) -> datetime | None:
    """Return when the first of the deliveries was accepted; None if none was."""
    return min(
        (row.settled_at for row in rows if row.state in SENT and row.settled_at), default=None
    )
