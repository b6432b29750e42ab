"""The floor of counting: one bare statement for each kind of row that a batch writes.

They write the rows that petition/counting/ledger.py writes, for a campaign that nobody leaves, and
run on a copy of the database that has neither triggers nor foreign keys (bench/counting_ground.py).
"""

import secrets
from typing import Any

from sqlalchemy import Connection, Row, TextClause, bindparam, text

from petition.core.clock import utcnow
from petition.core.columns import UtcDateTime

_CLAIM = """
    UPDATE signatures SET state = 'counted' WHERE id IN (
        SELECT id FROM signatures
         WHERE campaign_id = :campaign AND state = 'located' AND state <> 'counted'
         ORDER BY id LIMIT :limit {skip})
    RETURNING id
"""
_RAISE = """
    INSERT INTO tallies (campaign_id, district_id, step, live, joined, reached, updated_at)
    SELECT :campaign, p.district_id, :step, count(*), count(*), nullif(count(*) / :step, 0), :now
      FROM placements p WHERE p.signature_id BETWEEN :lowest AND :highest
     GROUP BY p.district_id ORDER BY p.district_id
        ON CONFLICT (campaign_id, district_id) DO UPDATE
       SET live = tallies.live + excluded.live, joined = tallies.joined + excluded.joined,
           reached = nullif((tallies.live + excluded.live) / tallies.step, 0),
           updated_at = excluded.updated_at
    RETURNING district_id, reached
"""
_WRITE = """
    INSERT INTO ledger (campaign_id, district_id, ordinal, signature_id, layer, joined_at)
    SELECT :campaign, p.district_id,
           t.joined - count(*) OVER (PARTITION BY p.district_id)
                    + row_number() OVER (PARTITION BY p.district_id ORDER BY p.signature_id),
           p.signature_id, p.layer, :now
      FROM placements p
      JOIN tallies t ON t.campaign_id = :campaign AND t.district_id = p.district_id
     WHERE p.signature_id BETWEEN :lowest AND :highest ORDER BY p.district_id, p.signature_id
"""
_MILESTONES = """
    INSERT INTO milestones
           (campaign_id, district_id, number, follows, threshold, code, reached_at)
    VALUES (:campaign, :district, :number, nullif(:number - 1, 0), :number * :step, :code, :now)
"""
_EVENTS = """
    INSERT INTO events (at, actor, action, subject, subject_id, detail)
    SELECT :now, 'system', 'milestone.reached', 'milestone', m.id,
           {object}('campaign', m.campaign_id, 'district', m.district_id,
                    'number', m.number, 'threshold', m.threshold)
      FROM milestones m WHERE m.id > :last
"""
_CARRY = """
    UPDATE ledger SET carried_by = (ordinal - 1) / :step + 1
      FROM milestones m
     WHERE m.id > :last AND ledger.campaign_id = :campaign
       AND ledger.district_id = m.district_id
       AND ledger.ordinal BETWEEN (m.number - 1) * :step + 1 AND m.number * :step
"""


class BareCount:
    """Counts one campaign, and remembers how far each district is."""

    def __init__(self, campaign_id: int, step: int) -> None:
        self._campaign = {"campaign": campaign_id, "step": step}
        self._reached: dict[int, int] = {}
        self._last = 0

    def count(self, connection: Connection, limit: int) -> int:
        """Count up to ``limit`` signatures in the caller's transaction; return how many."""
        scope = self._campaign | {"limit": limit, "now": utcnow()}
        ids = [row.id for row in _run(connection, _CLAIM, scope)]
        if not ids:
            return 0
        # The signatures of a benchmark have numbers without a gap.
        scope |= {"lowest": min(ids), "highest": max(ids), "last": self._last}
        raised = [
            {"district": district_id, "number": number, "code": secrets.token_hex(6)} | scope
            for district_id, reached in _run(connection, _RAISE, scope)
            for number in range(self._reached.get(district_id, 0) + 1, (reached or 0) + 1)
        ]
        _run(connection, _WRITE, scope)
        if raised:
            connection.execute(_prepare(connection, _MILESTONES), raised)
            _run(connection, _EVENTS, scope)
            _run(connection, _CARRY, scope)
            self._reached |= {row["district"]: row["number"] for row in raised}
            self._last = connection.scalar(text("SELECT max(id) FROM milestones")) or 0
        return len(ids)


def _run(connection: Connection, sql: str, values: dict[str, Any]) -> list[Row[Any]]:
    result = connection.execute(_prepare(connection, sql), values)
    return list(result) if result.returns_rows else []


def _prepare(connection: Connection, sql: str) -> TextClause:
    postgresql = connection.dialect.name == "postgresql"
    words = {
        "skip": "FOR UPDATE SKIP LOCKED" if postgresql else "",
        "object": "json_build_object" if postgresql else "json_object",
    }
    statement = text(sql.format(**words))
    return (
        statement.bindparams(bindparam("now", type_=UtcDateTime())) if ":now" in sql else statement
    )
