"""Changes of state of Dispatched rows: checked against the transitions, fenced by attempt."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from petition.core.errors import TransitionRefused
from petition.dispatch.leases import is_held
from petition.models.outgoing.dispatched import Dispatched
from petition.models.states import SETTLED


def change_state(
    session: Session,
    table: type[Dispatched],
    transitions: Mapping[Any, Sequence[str]],
    row_id: int,
    fence: int,
    old: str,
    new: str,
    now: datetime,
    **values: Any,
) -> bool:
    """Change a row from ``old`` to ``new``; return False if nothing was changed.

    - Only while it is still in ``old`` and at attempt ``fence``: a worker whose lease has expired
      and been taken over cannot change it.
    - ``settled_at`` is set or cleared according to the state, unless ``values`` has it.
    - Raises TransitionRefused for a transition that is not in ``transitions``.
    """
    if new not in transitions[old]:
        raise TransitionRefused(f"a row of {table.__name__} does not go from {old} to {new}")
    values = {"settled_at": now if new in SETTLED else None, **values}
    changed = session.execute(
        update(table)
        .where(*is_held(table, row_id, fence), table.state == old)
        .values(state=new, **values)
    )
    return count_rows(changed) == 1


def count_rows(result: object) -> int:
    """Return how many rows an UPDATE changed."""
    return cast(CursorResult[Any], result).rowcount
