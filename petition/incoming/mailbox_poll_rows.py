"""The rows of ``mailbox_polls``: one process reads a mailbox at a time, and continues where it was.

- A turn is a lease with a number. Each later write names the number, so that a process whose lease
  has ended, and was taken over, changes nothing.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select, update

from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.core.extensions import db, transaction
from petition.models import MailboxPoll

# Longer than one command of IMAP may take, and than applying one mail.
LEASE = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class PollTurn:
    """The right of one process to read a mailbox; ``last_uid``, ``uid_validity`` as in the row.

    - ``after_failure``: the process before it ended in its turn, without giving it back.
    """

    mailbox: str
    number: int
    uid_validity: int | None
    last_uid: int
    after_failure: bool


def take_turn(mailbox: str) -> PollTurn | None:
    """Take the turn at a mailbox; None while another process has it."""
    now = utcnow()
    row = MailboxPoll
    with transaction() as session:
        first = insert_into(session, row).values(mailbox=mailbox).on_conflict_do_nothing()
        session.execute(first)
        before = session.execute(
            select(row.turn, row.leased_until)
            .where(row.mailbox == mailbox, or_(row.leased_until.is_(None), row.leased_until <= now))
            .with_for_update()
        ).one_or_none()
        if before is None:
            return None
        taken = session.execute(
            update(row)
            .where(row.mailbox == mailbox, row.turn == before.turn)
            .values(turn=row.turn + 1, leased_until=now + LEASE)
            .returning(row.turn, row.uid_validity, row.last_uid)
        ).one_or_none()
    return None if taken is None else PollTurn(mailbox, *taken, before.leased_until is not None)


def keep_turn(turn: PollTurn) -> bool:
    """Extend the lease; return False if another process has taken the turn."""
    return _write(turn, leased_until=utcnow() + LEASE)


def save_place(turn: PollTurn, uid_validity: int, last_uid: int, put_aside: int) -> bool:
    """Store how far the mailbox was processed, and extend the lease; False if it was lost."""
    return _write(
        turn,
        leased_until=utcnow() + LEASE,
        uid_validity=uid_validity,
        last_uid=last_uid,
        put_aside=MailboxPoll.put_aside + put_aside,
    )


def end_turn(turn: PollTurn, *, at_end: bool) -> None:
    """Give the turn back; ``at_end``: nothing is left to read."""
    read = {"read_at": utcnow()} if at_end else {}
    _write(turn, leased_until=None, failing_since=None, problem=None, **read)


def end_failed_turn(turn: PollTurn, problem: str) -> None:
    """Give the turn back after an error; the first of a row of errors dates the failure."""
    with transaction() as session:
        row = session.scalar(
            select(MailboxPoll)
            .where(MailboxPoll.mailbox == turn.mailbox, MailboxPoll.turn == turn.number)
            .with_for_update()
        )
        if row is not None:
            row.leased_until, row.problem = None, problem
            row.failing_since = row.failing_since or utcnow()


def read_poll(mailbox: str) -> MailboxPoll | None:
    """Return the row of a mailbox, None if it was never polled."""
    return db.session.get(MailboxPoll, mailbox, populate_existing=True)


def _write(turn: PollTurn, **values: Any) -> bool:
    with transaction() as session:
        row = MailboxPoll
        kept = session.scalar(
            update(row)
            .where(row.mailbox == turn.mailbox, row.turn == turn.number)
            .values(**values)
            .returning(row.turn)
        )
    return kept is not None
