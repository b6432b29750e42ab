"""Every change of ``signatures.state``, and what belongs to one; no other module writes it.

A new signature gets its first state where it is inserted (petition/signing/sign.py).

- **The table** is SIGNATURE_TRANSITIONS (petition/models/states.py); a change that is not in it
  raises TransitionRefused here, and is refused by the trigger ``signatures_refuse_change``.
- **The fence** is ``attempt``: a claim (dispatch/leases.py) raises it, and so does whatever
  sends a signature back to be located. A worker's later write names the number of its claim, and
  changes nothing if another has been given since.
- **The moment of the end**: ``ended_at`` is set by a change into an end, and cleared by one back.
- **The event**, where the change has one, is recorded for the rows that changed and no others.
- **The wake** of the stage that has work now is asked for in the same transaction: locating for
  what is confirmed, counting for what is located or is to leave a count. Where a worker locates and
  counts batch by batch, workers/pipeline.py does that instead.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    ColumnExpressionArgument,
    FromClause,
    Table,
    case,
    true,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import Update

from petition.audit.trail import Detail, record_all
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.models import Signature, SignatureState
from petition.models.states import ENDED, SIGNATURE_TRANSITIONS, check_signature_change

# The Core table: a session's own bulk updates would take a bound parameter for a column.
SIGNATURES = cast(Table, Signature.__table__)
# What can be erased: all but what is erased already.
ERASABLE = tuple(
    state for state, after in SIGNATURE_TRANSITIONS.items() if SignatureState.ERASED in after
)


def change_signatures(
    session: Session,
    new: SignatureState,
    of: Collection[SignatureState],
    *which: ColumnExpressionArgument[bool],
    now: datetime,
    action: str = "",
    actor: str = "system",
    detail: Detail | None = None,
    **values: Any,
) -> list[int]:
    """Change the signatures that ``which`` holds of; return the ids of those that changed, sorted.

    - ``of``: the states that they may be in; one in another is left as it is.
    - ``action``: the event of each that changed; none where it is empty. ``values``: of further
      columns. With ``due_at=now`` what ends is taken out of the count by a worker.
    - Raises TransitionRefused for a change that is not in the table.
    """
    rows = session.execute(
        build_change(new, of, now, **values)
        .where(*which, Signature.state.in_(of))
        .returning(Signature.id, Signature.campaign_id)
    ).all()
    ids = sorted(row.id for row in rows)
    if action:
        details = dict.fromkeys(ids, detail or {})
        record_all(session, action, "signature", details, actor=actor)
    if new not in ENDED or values.get("due_at") is not None:
        _wake_next(session, new, {row.campaign_id for row in rows})
    return ids


def change_signature(
    session: Session,
    signature: Signature,
    new: SignatureState,
    now: datetime,
    **values: Any,
) -> None:
    """Change one signature that the caller has locked; the session writes it with its next flush.

    - As ``change_signatures``; its event is recorded by the caller, with what else was done.
    - One that is confirmed may be located anew, by a try of its own.
    """
    old = SignatureState(signature.state)
    if not old == new == SignatureState.CONFIRMED:
        check_signature_change(old, new)
    signature.state = new
    if new in ENDED:
        signature.ended_at = now
    elif new == SignatureState.CONFIRMED:
        signature.due_at, signature.ended_at = now, None
        signature.attempt += 1
        signature.relocated |= old == SignatureState.COUNTED
    for name, value in values.items():
        setattr(signature, name, value)
    if new not in ENDED or values.get("due_at") is not None:
        _wake_next(session, new, {signature.campaign_id})


def build_change(
    new: SignatureState, of: Collection[SignatureState], now: datetime, **values: Any
) -> Update:
    """Return the UPDATE to ``new``; the caller adds which rows, all of them locked in ``of``.

    - What becomes confirmed is to be located from ``now`` on, by a try of its own. What was counted
      stays in the count where it was until it is counted again.
    - Raises TransitionRefused for a change that is not in the table.
    """
    for old in of:
        check_signature_change(old, new)
    follows: dict[str, Any] = {}
    if new in ENDED:
        follows["ended_at"] = now
    elif new == SignatureState.CONFIRMED:
        follows |= {"due_at": now, "attempt": Signature.attempt + 1}
        if not set(ENDED).isdisjoint(of):
            follows["ended_at"] = None
        if SignatureState.COUNTED in of:
            counted = Signature.state == SignatureState.COUNTED
            follows["relocated"] = case((counted, true()), else_=Signature.relocated)
    return update(Signature).values({"state": new} | follows | values)


def build_placing(found: FromClause) -> Update:
    """Return the UPDATE of claimed signatures by the rows of ``found``: located, or in review.

    - ``found`` has the columns ``id``, ``attempt`` (of the claim) and ``new_state``.
    """
    fence = list_fence(found.c.id, found.c.attempt, SignatureState.CONFIRMED)
    return update(SIGNATURES).where(*fence).values(state=found.c.new_state)


def list_fence(signature_id: Any, attempt: Any, state: SignatureState) -> list[ColumnElement[bool]]:
    """Return the conditions on which a claimed row is still the worker's."""
    row = SIGNATURES.c
    return [row.id == signature_id, row.attempt == attempt, row.state == state]


def _wake_next(session: Session, new: SignatureState, campaign_ids: Collection[int]) -> None:
    """Wake the stage that has work now; signatures that are counted or in review wait for none."""
    if new == SignatureState.CONFIRMED:
        if campaign_ids:
            wake_after_commit(session, Stage.LOCATE)
    elif new == SignatureState.LOCATED or new in ENDED:
        for campaign_id in sorted(campaign_ids):
            wake_after_commit(session, Stage.COUNT, campaign_id)
