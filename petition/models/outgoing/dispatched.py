"""The columns of rows that workers claim, and of rows that go out at most once.

Tables take them as mixins; petition/dispatch works on any table that has them.
"""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import Index, String, true
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import PrimaryKey, partial_index


class Phase(StrEnum):
    """How far one attempt went."""

    CLAIMED = "claimed"  # nothing that counts has reached the other side
    HANDOVER = "handover"  # committed just before the last dot: from here on it may have arrived


class Cause(StrEnum):
    """What a refusal of the mail server was about, where it was not about the recipient."""

    OURS = "ours"  # our server, our account, our rate, or what the mail says
    UNSURE = "unsure"  # it says too little


class Leased:
    """A row that workers claim.

    - ``due_at``: from when a worker should take it; a claim sets it to the end of its lease. None
      where nothing is due.
    - ``attempt``: how often it was claimed. Each later write names that number, so a worker that
      lost its lease changes nothing.
    """

    if TYPE_CHECKING:
        id: Mapped[int]  # of each table's own type

    due_at: Mapped[datetime | None]
    attempt: Mapped[int] = mapped_column(default=0, server_default="0")


class Dispatched(Leased):
    """A row that goes out at most once: claimed, handed over, settled or tried later.

    - ``state``: the table's own states; the engine knows ``sending`` (claimed until ``due_at``),
      ``accepted``, ``retry_wait`` (tried again at ``due_at``), ``failed`` and ``unknown``.
    - ``reason``: a code for the log and for staff. ``settled_at``: None while more will happen by
      itself.
    """

    id: Mapped[PrimaryKey]
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(String(60))
    settled_at: Mapped[datetime | None]


class AttemptColumns:
    """One attempt at a Dispatched row; the primary key allows one row for each number.

    - The table adds the foreign key to its row as the first column of the primary key.
    - ``outcome`` is None while it runs; ``detail`` is the channel's own short code ("451"), never
      a text that could hold an address.
    - ``recipient``: the address that it went to, None where it came to none. ``said``: what the
      server answered, its addresses masked.
    - ``about``: a Cause where the mail server refused it and not for the recipient; else None.
    - ``spent``: it counts towards giving up. Only one with a cause may not.
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
    """Return the index by which the rows of a Dispatched table that are due are found."""
    return partial_index(f"ix_{table}_due", "state", "due_at", where="due_at IS NOT NULL")


def index_refused(table: str) -> Index:
    """Return the index by which attempts that were refused since a moment are found.

    - The lane is locked while they are counted (petition/dispatch/lane_rulings.py).
    """
    return partial_index(f"ix_{table}_refused", "ended_at", where="about IS NOT NULL")
