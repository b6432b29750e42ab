"""OutgoingKind: the interface of a kind of row that is sent at most once."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import db, get_settings
from petition.core.queues import Stage
from petition.dispatch.backoff import Backoff
from petition.dispatch.handover_step import HandoverStep
from petition.dispatch.lanes import find_lane, is_closed
from petition.models import LaneName
from petition.models.outgoing.dispatched import AttemptColumns, Dispatched
from petition.models.states import OUTGOING_TRANSITIONS, OutgoingState

# The states that may follow each state.
Transitions = Mapping[Any, Sequence[str]]
Content = TypeVar("Content")
Table = TypeVar("Table", bound=Dispatched)


@dataclass(frozen=True, slots=True)
class Claim(Generic[Content]):
    """One worker's right to one attempt at a row.

    - ``content``: what ``prepare`` returned. ``lane``: of the mail server; None if it does not use
      one.
    """

    row_id: int
    attempt: int
    content: Content
    lane: LaneName | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receiver's acceptance.

    - ``code``: its short code ("250"); ``said``: its answer, with addresses masked.
    """

    code: str
    said: str | None = None


class OutgoingKind(ABC, Generic[Table, Content]):
    """A kind of row that is sent at most once; a subclass names its tables and sends a row.

    - ``name``: the prefix of its events and log lines ("delivery.claimed").
    - ``stage``: the queue whose workers send it.
    - ``owner_name``: the column of ``attempts`` that refers to the row.
    - ``lane``: the lane of the mail server that all or some of its rows use; None if none does.
    - ``claimable``: the states in which a due row may be claimed.
    - ``transitions``: the allowed changes of state, which the database enforces as well.
    - ``most_attempts``: after how many it is given up; None for ``PETITION_MAX_ATTEMPTS``.
    """

    name: ClassVar[str]
    stage: ClassVar[Stage] = Stage.DISPATCH
    table: type[Table]
    attempts: type[AttemptColumns]
    owner_name: ClassVar[str]
    lane: ClassVar[LaneName | None] = None
    claimable: ClassVar[tuple[str, ...]] = (OutgoingState.QUEUED, OutgoingState.RETRY_WAIT)
    transitions: ClassVar[Transitions] = OUTGOING_TRANSITIONS
    backoff: ClassVar[Backoff] = Backoff(longest=timedelta(hours=6))
    most_attempts: ClassVar[int | None] = None

    @abstractmethod
    def prepare(self, session: Session, row: Table, now: datetime) -> Content | None:
        """Return what ``send`` needs to know of a locked, due row; None if it may not be sent now.

        - Runs in the transaction of the claim, which is committed in both cases. It must not change
          the row's state or attempt if it returns a content.
        - ``send_due`` postpones a row that is declined and stays due.
        """

    @abstractmethod
    def send(self, claimed: Claim[Content], handover: HandoverStep) -> Receipt:
        """Compose the message and hand it over; no transaction may be open while it is sent.

        - Sets the digest and the recipient of ``handover``, and its journal functions if a restored
          backup must not send the row again.
        - Calls ``handover.begin`` right before the step after which it may have arrived.
        - Raises Retryable or Permanent if the receiver has not accepted it, OutcomeUnknown if that
          is not known; ClaimLost comes from ``handover.begin``.
        """

    @property
    def owner(self) -> ColumnElement[int]:
        """The column of ``attempts`` that refers to the row."""
        column: ColumnElement[int] = getattr(self.attempts, self.owner_name)
        return column

    def is_repeatable(self, row: Table) -> bool:
        """Return whether the receiver recognizes a repeated hand-over and keeps one copy."""
        return False

    def choose_wait(self, session: Session, row_id: int, attempt: int) -> timedelta:
        """Return how long to wait after an attempt that is to be repeated."""
        return self.backoff.choose_wait(attempt, get_settings().retry_base_seconds)

    def lock(self, session: Session, row: Table) -> None:
        """Lock and refresh a row for a claim; a kind that locks other rows first overrides it."""
        session.refresh(row, with_for_update=True)

    def find_lane(self, row: Table) -> LaneName | None:
        """Return the lane of the mail server that a row uses; None if it does not use one.

        - A kind of which only some rows use ``lane`` overrides this and ``uses_lane``.
        """
        return self.lane

    def uses_lane(self) -> ColumnElement[bool]:
        """Return the condition that a row uses ``lane``; called only if the kind has one."""
        return true()

    def select_due(self, now: datetime) -> Select[int]:
        """Return the query of the ids of rows that a worker should send now, oldest first."""
        table = self.table
        return (
            select(table.id)
            .where(table.state.in_(self.claimable), table.due_at <= now)
            .order_by(table.due_at, table.id)
        )

    def find_due(self, limit: int = 200) -> list[int]:
        """Return the ids of up to ``limit`` rows that a worker should send now, oldest first.

        - While the lane is stopped, at most one row that uses it, as a probe: alternately one with
          the fewest attempts, which may not be at fault itself, and one with the most, since a
          greylisting server accepts a message at a later attempt.
        """
        now, session = utcnow(), db.session()
        due = self.select_due(now)
        lane = find_lane(session, self.lane) if self.lane is not None else None
        if lane is None or not lane.is_stopped:
            return list(session.scalars(due.limit(limit)))
        found = list(session.scalars(due.where(~self.uses_lane()).limit(limit)))
        if is_closed(LaneName(lane.name), now):
            return found
        tried = self.table.attempt.desc() if lane.probes % 2 else self.table.attempt
        probe = (
            due.where(self.uses_lane())
            .order_by(None)
            .order_by(tried, self.table.due_at, self.table.id)
        )
        return [*session.scalars(probe.limit(1)), *found][:limit]

    def note_begun(self, session: Session, row: Table, now: datetime) -> None:  # noqa: B027
        """Make further changes when an attempt begins, in the transaction of its claim."""
