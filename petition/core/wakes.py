"""Wakes requested in a transaction: sent once it is committed, and never while it is open.

- Kept in ``session.info``, each once, with the transaction that requested it: a rollback drops
  them, and the rollback of a savepoint drops only its own.
- Sent at the end of the outermost transaction, when its connection is back in the pool: Redis is
  never called while a transaction or a connection is held (docs/decisions/transactions.md).
- While Redis is unavailable they are dropped, as every wake is: the reconciler finds the same work.
"""

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from petition.core.queues import Stage, wake

Wake = tuple[Stage, tuple[int, ...]]

ASKED = "hundredth-wakes-asked"  # each wake, and the transaction that must be committed for it
COMMITTED = "hundredth-wakes-committed"


def wake_after_commit(session: Session, stage: Stage, *ids: int) -> None:
    """Wake a worker for the stage once the session's transaction is committed; see ``wake``.

    - Raises RuntimeError outside of a transaction, since no commit would follow.
    """
    within = _find_innermost(session)
    if within is None:
        raise RuntimeError("a wake was asked for outside of a transaction")
    asked: dict[Wake, SessionTransaction] = session.info.setdefault(ASKED, {})
    asked.setdefault((stage, ids), within)


def _find_innermost(session: Session) -> SessionTransaction | None:
    return session.get_nested_transaction() or session.get_transaction()


@event.listens_for(Session, "after_commit")
def _note_commit(session: Session) -> None:
    """Pass the wakes of a savepoint to its parent; queue those of the outermost transaction."""
    asked: dict[Wake, SessionTransaction] | None = session.info.get(ASKED)
    if not asked:
        return
    done = _find_innermost(session)
    around = done.parent if done is not None else None
    if around is None:
        session.info[COMMITTED] = list(session.info.pop(ASKED))
        return
    for one, within in asked.items():
        if within is done:
            asked[one] = around


@event.listens_for(Session, "after_transaction_end")
def _send(session: Session, ended: SessionTransaction) -> None:
    """Drop the wakes of a transaction that was not committed; send the others."""
    if ended.parent is None:
        session.info.pop(ASKED, None)
        for stage, ids in session.info.pop(COMMITTED, ()):
            wake(stage, *ids)
    elif asked := session.info.get(ASKED):
        session.info[ASKED] = {one: it for one, it in asked.items() if it is not ended}
