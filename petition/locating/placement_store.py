"""Write the outcomes of a batch in a few statements, each for all rows.

The rows are passed as one JSON value, which both databases expand into a table: one statement per
row would cost one round trip per row on PostgreSQL.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from typing import cast as type_cast

from sqlalchemy import (
    BigInteger,
    FromClause,
    Integer,
    String,
    Table,
    bindparam,
    case,
    cast,
    column,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.types import TypeEngine

from petition.core.clock import utcnow
from petition.core.columns import UtcDateTime
from petition.locating.district_matching import find_cell
from petition.locating.outcomes import Outcome
from petition.models import Candidate, Placement, SignatureState
from petition.models.signatures.relocation import MOVE_WAIT
from petition.models.signatures.signature import MOVES
from petition.transitions.signature_changes import SIGNATURES, build_placing

# Core tables: see SIGNATURES.
PLACEMENTS = type_cast(Table, Placement.__table__)
CANDIDATES = type_cast(Table, Candidate.__table__)

Columns = Mapping[str, type[TypeEngine[Any]]]

SETTLED: Columns = {
    "id": BigInteger,
    "attempt": Integer,
    "new_state": String,
    "reason": String,
    "precision": String,
    "geocoder": String,
    "cell": String,
}
PLACED: Columns = {
    "signature_id": BigInteger,
    "layer": String,
    "district_id": Integer,
    "found_by": String,
}
POSSIBLE: Columns = {"signature_id": BigInteger, "district_id": Integer}


@dataclass(frozen=True, slots=True)
class LocatingClaim:
    """A claimed signature; every later write names its number of attempt."""

    id: int
    attempt: int


def write_outcomes(
    session: Session, claims: Sequence[LocatingClaim], outcomes: Sequence[Outcome]
) -> dict[int, SignatureState]:
    """Write the outcomes that are final; return the new state of the signatures that changed.

    - A row that is no longer confirmed, or that a later try has claimed, is not changed.
    - Its earlier placements and candidates are replaced, so that all of them have one date.
    - In review it keeps the placements that are certain, which are not counted. If it was counted
      before, it is due at once to be taken out.
    - A move that must wait does so from now, or from when the wait began.
    """
    settled = {
        claim.id: (claim, outcome)
        for claim, outcome in zip(claims, outcomes, strict=True)
        if not outcome.retry
    }
    if not settled:
        return {}
    now = utcnow()
    connection = session.connection()
    statements = _statements(connection.dialect.name)
    rows = [_settle(claim, outcome) for claim, outcome in settled.values()]
    changed = {
        signature_id: SignatureState(state)
        for signature_id, state in connection.execute(
            statements.settle, pack_rows(rows) | {"now": now, "wait_over": now + MOVE_WAIT}
        )
    }
    for statement in statements.forget:
        connection.execute(statement, pack_rows([{"signature_id": id} for id in changed]))
    placed = [
        {"signature_id": id, "layer": layer, "district_id": found.district_id}
        | {"found_by": found.found_by}
        for id in changed
        for layer, found in settled[id][1].list_found()
    ]
    connection.execute(statements.place, pack_rows(placed))
    possible = [
        {"signature_id": id, "district_id": district_id}
        for id in changed
        for district_id in settled[id][1].candidates
    ]
    if possible:
        connection.execute(statements.suggest, pack_rows(possible))
    return changed


def _settle(claim: LocatingClaim, outcome: Outcome) -> dict[str, Any]:
    where = outcome.location
    # The location is right if it only waits because of a move.
    located = outcome.reason is None or outcome.reason in MOVES
    return {
        "id": claim.id,
        "attempt": claim.attempt,
        "new_state": SignatureState.LOCATED if outcome.reason is None else SignatureState.REVIEW,
        "reason": outcome.reason,
        "precision": where.precision if where else None,
        "geocoder": where.source if where else None,
        # A location that cannot be right must not list the signer in another area.
        "cell": find_cell(where.latitude, where.longitude) if where and located else None,
    }


@dataclass(frozen=True)
class _Statements:
    settle: Update
    forget: tuple[Delete, Delete]
    place: Insert
    suggest: Insert


@cache
def _statements(dialect: str) -> _Statements:
    found = unfold(dialect, SETTLED)
    settle = (
        build_placing(found)
        .values(
            due_at=case(
                (
                    (found.c.new_state == SignatureState.REVIEW) & SIGNATURES.c.relocated,
                    bindparam("now", type_=UtcDateTime()),
                )
            ),
            review_reason=found.c.reason,
            waits_until=case(
                (
                    found.c.reason.in_(MOVES),
                    func.coalesce(
                        SIGNATURES.c.waits_until, bindparam("wait_over", type_=UtcDateTime())
                    ),
                ),
                else_=SIGNATURES.c.waits_until,
            ),
            precision=found.c.precision,
            geocoder=found.c.geocoder,
            cell=found.c.cell,
        )
        .returning(SIGNATURES.c.id, SIGNATURES.c.state)
    )
    old = unfold(dialect, {"signature_id": BigInteger})
    whose = select(old.c.signature_id)
    forget = (
        delete(PLACEMENTS).where(PLACEMENTS.c.signature_id.in_(whose)),
        delete(CANDIDATES).where(CANDIDATES.c.signature_id.in_(whose)),
    )
    new = unfold(dialect, PLACED)
    place = insert(PLACEMENTS).from_select(list(PLACED), select(*new.c))
    possible = unfold(dialect, POSSIBLE)
    suggest = insert(CANDIDATES).from_select(list(POSSIBLE), select(*possible.c))
    return _Statements(settle, forget, place, suggest)


def unfold(dialect: str, columns: Columns) -> FromClause:
    """Return the JSON array ``:rows`` as a table with these columns."""
    rows = bindparam("rows", type_=String)
    if dialect == "postgresql":
        return (
            func.jsonb_to_recordset(cast(rows, JSONB))
            .table_valued(*(column(name, kind()) for name, kind in columns.items()))
            .render_derived(name="unfolded", with_types=True)
        )
    each = func.json_each(rows).table_valued("value", name="each")
    values = (
        func.json_extract(each.c.value, f"$.{name}", type_=kind()).label(name)
        for name, kind in columns.items()
    )
    return select(*values).subquery("unfolded")


def pack_rows(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the parameter that ``unfold`` expands."""
    return {"rows": json.dumps(rows)}
