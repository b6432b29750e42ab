"""OutgoingKind: what the engine must know of one kind of thing that goes out at most once."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.core.queues import Stage
from petition.dispatch.backoff import Backoff
from petition.dispatch.handover_step import HandoverStep
from petition.dispatch.lanes import find_lane, is_closed
from petition.models import LaneName
from petition.models.outgoing.dispatched import AttemptColumns, Dispatched
from petition.models.states import OUTGOING_TRANSITIONS, OutgoingState

# From each state to those that may follow it.
Transitions = Mapping[Any, Sequence[str]]
Content = TypeVar("Content")
Table = TypeVar("Table", bound=Dispatched)


@dataclass(frozen=True, slots=True)
class Claim(Generic[Content]):
    """One worker's right to one attempt at a row.

    - ``content``: all that the attempt must know. ``lane``: of the mail server; None where it goes
      by none.
    """

    row_id: int
    attempt: int
    content: Content
    lane: LaneName | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """That the other side took it.

    - ``code`` is its own short word for that, ``said`` what it answered, masked.
    """

    code: str
    said: str | None = None


class OutgoingKind(ABC, Generic[Table, Content]):
    """A kind of thing that goes out; a subclass names its tables and what is done with one.

    - ``name``: of its events and log lines ("delivery.claimed"). ``stage``: whose workers send it.
    - ``owner_name``: of the column of ``attempts`` that is the row's id.
    - ``lane``: of the mail server, which its rows go by, all or some; None where none does.
    - ``claimable``: the states in which a row that is due may be claimed.
    - ``transitions``: the changes of state that there are; the database enforces the same.
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

    @abstractmethod
    def prepare(self, session: Session, row: Table, now: datetime) -> Content | None:
        """Return what an attempt at a locked, due row must know; None where it may not go now.

        - In the transaction of the claim: what it changes is committed with it, and without it
          where it returns None.
        """

    @abstractmethod
    def send(self, claimed: Claim[Content], handover: HandoverStep) -> Receipt:
        """Compose it and hand it over, with no transaction open.

        - Sets what it knows of ``handover``: digest, recipient, and the lines of this host's
          journal where a restored backup must not send it again.
        - Calls ``handover.begin`` right before the step after which it may have arrived.
        - Raises Retryable or Permanent where the other side has not taken it, OutcomeUnknown where
          nobody can say; ClaimLost comes from ``handover.begin``.
        """

    @property
    def owner(self) -> ColumnElement[int]:
        """The column of ``attempts`` that is the row's id."""
        column: ColumnElement[int] = getattr(self.attempts, self.owner_name)
        return column

    def is_repeatable(self, row: Table) -> bool:
        """Return whether handing the same over twice leaves one on the other side."""
        return False

    def lock(self, session: Session, row: Table) -> None:
        """Lock a row for a claim, after all that must be locked before it."""
        session.refresh(row, with_for_update=True)

    def find_lane(self, row: Table) -> LaneName | None:
        """Return the lane of the mail server that a row goes by; None where it goes by none.

        - A kind of which only some rows go by ``lane`` also says which by ``goes_by_lane``.
        """
        return self.lane

    def goes_by_lane(self) -> ColumnElement[bool]:
        """Return the condition that a row goes by ``lane``; asked only where that is not None."""
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

        - While the lane is stopped, at most one that goes by it: in turn one that was tried least,
          since that others are refused says nothing of it, and one that was tried most, since a
          server may want to hear of a mail twice.
        """
        now, session = utcnow(), db.session()
        due = self.select_due(now)
        lane = find_lane(session, self.lane) if self.lane is not None else None
        if lane is None or not lane.is_stopped:
            return list(session.scalars(due.limit(limit)))
        found = list(session.scalars(due.where(~self.goes_by_lane()).limit(limit)))
        if is_closed(LaneName(lane.name), now):
            return found
        tried = self.table.attempt.desc() if lane.probes % 2 else self.table.attempt
        probe = (
            due.where(self.goes_by_lane())
            .order_by(None)
            .order_by(tried, self.table.due_at, self.table.id)
        )
        return [*session.scalars(probe.limit(1)), *found][:limit]

    def note_begun(self, session: Session, row: Table, now: datetime) -> None:  # noqa: B027
        """Write what else an attempt means, in the transaction of its claim."""
