"""The columns of rows that workers claim, and of rows that are sent at most once.

Tables include them as mixins; petition/dispatch works on any table that has them.
"""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import Index, String, true
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import PrimaryKey, partial_index

# The prefix of the reason of a due row of which no attempt could be begun.
NOT_PREPARED = "not prepared: "
LONGEST_REASON = 60  # characters


class Phase(StrEnum):
    """How far one attempt proceeded."""

    CLAIMED = "claimed"  # no message can have reached the recipient's side
    HANDOVER = "handover"  # committed just before the last dot: from now on it may have arrived


class Cause(StrEnum):
    """The cause of a refusal by the mail server that was not about the recipient."""

    OURS = "ours"  # our server, our account, our rate, or the content of the mail
    UNSURE = "unsure"  # the reply does not give the cause


class Leased:
    """A row that workers claim.

    - ``due_at``: the time from which a worker should claim it; a claim sets it to the end of its
      lease. None if nothing is due.
    - ``attempt``: how often it was claimed. Each later write names that number, so a worker that
      lost its lease changes nothing.
    """

    if TYPE_CHECKING:
        id: Mapped[int]  # of each table's own type

    due_at: Mapped[datetime | None]
    attempt: Mapped[int] = mapped_column(default=0, server_default="0")


class Dispatched(Leased):
    """A row that is sent at most once: claimed, handed over, settled or tried later.

    - ``state``: the table's own states; the engine uses ``sending`` (claimed until ``due_at``),
      ``accepted``, ``retry_wait`` (tried again at ``due_at``), ``failed`` and ``unknown``.
    - ``reason``: a code for the log and for staff. ``settled_at``: None while workers will still
      process it.
    """

    id: Mapped[PrimaryKey]
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(String(LONGEST_REASON))
    settled_at: Mapped[datetime | None]


class AttemptColumns:
    """One attempt at a Dispatched row; the primary key allows one row for each number.

    - The table adds the foreign key to its row as the first column of the primary key.
    - ``outcome`` is None while it runs; ``detail`` is the channel's own short code ("451"), never
      a text that could contain an address.
    - ``recipient``: the address that it was sent to, None if it was not sent. ``said``: the
      server's reply, with its addresses masked.
    - ``about``: a Cause if the mail server refused it, and not for the recipient; else None.
    - ``spent``: it counts towards the limit of attempts. Only one with a cause may not count.
    """

    number: Mapped[int] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(String(10), default=Phase.CLAIMED)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(12))
    detail: Mapped[str | None] = mapped_column(String(120))
    about: Mapped[str | None] = mapped_column(String(6))
    spent: Mapped[bool] = mapped_column(default=True, server_default=true())
    recipient: Mapped[str | None] = mapped_column(String(320))
    said: Mapped[str | None] = mapped_column(String(300))


def index_due(table: str) -> Index:
    """Return the index of the due rows of a Dispatched table."""
    return partial_index(f"ix_{table}_due", "state", "due_at", where="due_at IS NOT NULL")


def index_refused(table: str) -> Index:
    """Return the index of refused attempts by their time.

    - The lane is locked while they are counted (petition/dispatch/lane_rulings.py).
    """
    return partial_index(f"ix_{table}_refused", "ended_at", where="about IS NOT NULL")
