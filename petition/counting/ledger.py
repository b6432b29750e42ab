"""Count a batch: one set-based transaction, however many signatures it holds.

A hot tally is then written once a batch and not once a signature. The order of the statements is
the rule of DESIGN 5: claim, tally, ledger, milestones; tallies are locked in district order, so
that two batches of one campaign wait for each other and never deadlock.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, bindparam, select, text, update
from sqlalchemy.orm import Session

from petition.clock import utcnow
from petition.columns import UtcDateTime
from petition.counting.milestones import fill_milestones, raise_milestones
from petition.database import is_sqlite
from petition.extensions import transaction
from petition.models import Campaign, Signature, SignatureState
from petition.models.signature import UNCOUNTED

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Counted:
    """What one batch did, be it of those who joined or of those who left.

    - ``milestones``: ids of those it raised or made good again, whose letters are now due.
    - ``full``: the batch was as large as it may be, so there is probably more.
    """

    signatures: int
    milestones: list[int]
    full: bool


def count_batch(campaign_id: int, limit: int = BATCH) -> Counted:
    """Count up to ``limit`` located signatures of a campaign, each once in each of its layers.

    - A signature located late counts like any other: on assignment, never by a time window.
    - Safe to run by any number of workers at once and again after a crash.
    """
    now = utcnow()
    with transaction() as session:
        campaign = session.execute(
            select(Campaign.step, Campaign.layers).where(Campaign.id == campaign_id)
        ).one()
        if not is_sqlite(session):
            # A foreign key's check keeps the plan that was right when its table was empty; over
            # the batches of one import that would come to read all of it for each row.
            session.execute(text("DISCARD PLANS"))
        ids = _claim(session, campaign_id, limit)
        if not ids:
            return Counted(0, [], full=False)
        values: dict[str, Any] = {
            "campaign": campaign_id,
            "step": campaign.step,
            "layers": list(campaign.layers),
            "now": now,
            "ids": _pack(session, ids),
        }
        gained: dict[int, int] = dict(
            session.execute(_statement(session, _GAINED), values).tuples().all()
        )
        tallies = session.execute(_statement(session, _RAISE_TALLIES), values).all()
        session.execute(_statement(session, _INSERT_LEDGER), values)
        # Where the count was and is between two hundreds there is nothing to raise or to fill.
        crossed = [
            tally.district_id
            for tally in tallies
            if (tally.reached or 0) * campaign.step > tally.live - gained[tally.district_id]
        ]
        raised = raise_milestones(session, campaign_id, crossed, now)
        released = fill_milestones(session, campaign_id, crossed, now)
    return Counted(len(ids), [*raised, *released], full=len(ids) >= limit)


def _claim(session: Session, campaign_id: int, limit: int) -> list[int]:
    located = (
        select(Signature.id)
        .where(
            Signature.campaign_id == campaign_id,
            Signature.state == SignatureState.LOCATED,
            UNCOUNTED,
        )
        .order_by(Signature.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return sorted(
        session.scalars(
            update(Signature)
            .where(Signature.id.in_(located))
            .values(state=SignatureState.COUNTED)
            .returning(Signature.id)
            .execution_options(synchronize_session=False)
        )
    )


# Ids travel as one value, not as thousands of parameters.
_IN_BATCH = {
    "sqlite": "p.signature_id IN (SELECT value FROM json_each(:ids))",
    "postgresql": "p.signature_id = ANY(:ids)",
}

_GAINED = """
    SELECT p.district_id, count(*) FROM placements p
     WHERE {in_batch} AND p.layer IN :layers
     GROUP BY p.district_id
"""

_RAISE_TALLIES = """
    INSERT INTO tallies (campaign_id, district_id, step, live, joined, reached, updated_at)
    SELECT :campaign, p.district_id, :step, count(*), count(*), nullif(count(*) / :step, 0), :now
      FROM placements p
     WHERE {in_batch} AND p.layer IN :layers
     GROUP BY p.district_id
     ORDER BY p.district_id
        ON CONFLICT (campaign_id, district_id) DO UPDATE
       SET live = tallies.live + excluded.live,
           joined = tallies.joined + excluded.joined,
           reached = CASE
               WHEN (tallies.live + excluded.live) / tallies.step > coalesce(tallies.reached, 0)
               THEN (tallies.live + excluded.live) / tallies.step
               ELSE tallies.reached END,
           updated_at = excluded.updated_at
    RETURNING district_id, live, reached
"""

_INSERT_LEDGER = """
    INSERT INTO ledger (campaign_id, district_id, ordinal, signature_id, layer, joined_at)
    SELECT :campaign, p.district_id,
           t.joined - count(*) OVER (PARTITION BY p.district_id)
                    + row_number() OVER (PARTITION BY p.district_id ORDER BY p.signature_id),
           p.signature_id, p.layer, :now
      FROM placements p
      JOIN tallies t ON t.campaign_id = :campaign AND t.district_id = p.district_id
     WHERE {in_batch} AND p.layer IN :layers
     ORDER BY p.district_id, p.signature_id
"""


def _statement(session: Session, sql: str) -> TextClause:
    dialect = session.get_bind().dialect.name
    statement = text(sql.format(in_batch=_IN_BATCH[dialect])).bindparams(
        bindparam("layers", expanding=True)
    )
    return (
        statement.bindparams(bindparam("now", type_=UtcDateTime())) if ":now" in sql else statement
    )


def _pack(session: Session, ids: Sequence[int]) -> Any:
    return json.dumps(ids) if is_sqlite(session) else list(ids)
