"""Count a batch: one set-based transaction, however many signatures it holds.

A hot tally is then written once a batch and not once a signature. The order of the statements is
the rule of DESIGN 5: claim, tally, ledger, milestones; tallies are locked in district order, so
that two batches of one campaign wait for each other and never deadlock.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import TextClause, bindparam, exists, select, text, union, update
from sqlalchemy.orm import Session

from petition.clock import utcnow
from petition.columns import UtcDateTime
from petition.counting.counted import Counted
from petition.counting.leaving import lock_tallies, take_out
from petition.counting.milestones import fill_milestones, raise_milestones
from petition.database import hold_boundaries, insert_into, is_sqlite
from petition.extensions import transaction
from petition.models import (
    Campaign,
    LedgerEntry,
    Placement,
    Signature,
    SignatureState,
    Tally,
)
from petition.models.signature import UNCOUNTED

BATCH = 5_000


def count_batch(campaign_id: int, limit: int = BATCH) -> Counted:
    """Count up to ``limit`` located signatures of a campaign, each once in each of its layers.

    - A signature located late counts like any other: on assignment, never by a time window.
    - One that was counted before, and was located once more, leaves the districts that it does not
      lie in any more, and joins those that are new to it.
    - Safe to run by any number of workers at once and again after a crash.
    """
    now = utcnow()
    with transaction() as session:
        # Nobody is counted in a district that has just gone out of force: who was located before
        # other boundaries came is located once more by that.
        hold_boundaries(session)
        campaign = session.execute(
            select(Campaign.step, Campaign.layers).where(Campaign.id == campaign_id)
        ).one()
        if not is_sqlite(session):
            # A foreign key's check keeps the plan that was right when its table was empty; over
            # the batches of one import that would come to read all of it for each row.
            session.execute(text("DISCARD PLANS"))
        claimed = _claim(session, campaign_id, limit)
        if not claimed:
            return Counted(0, [], full=False)
        values: dict[str, Any] = {
            "campaign": campaign_id,
            "step": campaign.step,
            "layers": list(campaign.layers),
            "now": now,
            "ids": _pack(session, sorted(claimed)),
        }
        moved = [signature_id for signature_id, relocated in claimed.items() if relocated]
        due = _take_out_moved(session, values, moved) if moved else []
        due += _join(session, values, again=bool(moved) or _were_here_before(session, values))
    return Counted(len(claimed), sorted(set(due)), full=len(claimed) >= limit)


def _claim(session: Session, campaign_id: int, limit: int) -> dict[int, bool]:
    """Return whether each of the claimed signatures was counted before, by its id."""
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
    return {
        signature_id: relocated
        for signature_id, relocated in session.execute(
            update(Signature)
            .where(Signature.id.in_(located))
            .values(state=SignatureState.COUNTED)
            .returning(Signature.id, Signature.relocated)
            .execution_options(synchronize_session=False)
        )
    }


def _take_out_moved(session: Session, values: dict[str, Any], moved: Sequence[int]) -> list[int]:
    campaign_id, now = values["campaign"], values["now"]
    placed = select(Placement.district_id).where(Placement.signature_id.in_(moved))
    counted = select(LedgerEntry.district_id).where(
        LedgerEntry.signature_id.in_(moved), LedgerEntry.left_at.is_(None)
    )
    # Those that are left and those that are joined in one go, so that the order holds; a tally that
    # is not there yet would be taken out of turn.
    empty = {"campaign_id": campaign_id, "step": values["step"], "live": 0, "joined": 0}
    for district_id in session.scalars(placed.distinct().order_by(Placement.district_id)).all():
        row = empty | {"district_id": district_id, "updated_at": now}
        session.execute(insert_into(session, Tally).values(row).on_conflict_do_nothing())
    lock_tallies(session, campaign_id, union(placed, counted))
    stays = exists().where(
        Placement.signature_id == LedgerEntry.signature_id,
        Placement.layer == LedgerEntry.layer,
        Placement.district_id == LedgerEntry.district_id,
    )
    due = take_out(session, campaign_id, LedgerEntry.signature_id.in_(moved) & ~stays, now)
    session.execute(
        update(Signature)
        .where(Signature.id.in_(moved))
        .values(relocated=False)
        .execution_options(synchronize_session=False)
    )
    return due


def _were_here_before(session: Session, values: dict[str, Any]) -> bool:
    """Return whether some of the batch were counted once and left, as those in review do."""
    sql = "SELECT 1 FROM ledger p WHERE p.left_at IS NOT NULL AND {in_batch} LIMIT 1"
    found = text(sql.format(in_batch=_IN_BATCH[session.get_bind().dialect.name]))
    return session.scalar(found, {"ids": values["ids"]}) is not None


def _join(session: Session, values: dict[str, Any], *, again: bool) -> list[int]:
    """Write the ledger rows and raise the tallies; return the milestones that this makes due.

    - ``again``: some of the batch were counted before, and may be still where they were, or named
      already by a letter that has gone to where they are.
    """
    campaign_id, step, now = values["campaign"], values["step"], values["now"]
    gained: dict[int, int] = {
        district_id: number
        for district_id, number in session.execute(_statement(session, _GAINED, again), values)
    }
    tallies = session.execute(_statement(session, _RAISE_TALLIES, again), values).all()
    session.execute(_statement(session, _INSERT_LEDGER, again), values)
    # Where the count was and is between two hundreds there is nothing to raise or to fill.
    crossed = [
        tally.district_id
        for tally in tallies
        if (tally.reached or 0) * step > tally.live - gained[tally.district_id]
    ]
    raised = raise_milestones(session, campaign_id, crossed, now)
    return raised + fill_milestones(session, campaign_id, crossed, now)


# Ids travel as one value, not as thousands of parameters.
_IN_BATCH = {
    "sqlite": "p.signature_id IN (SELECT value FROM json_each(:ids))",
    "postgresql": "p.signature_id = ANY(:ids)",
}

_GAINED = """
    SELECT p.district_id, count(*) FROM placements p
     WHERE {in_batch} AND p.layer IN :layers{joins}
     GROUP BY p.district_id
"""

_RAISE_TALLIES = """
    INSERT INTO tallies (campaign_id, district_id, step, live, joined, reached, updated_at)
    SELECT :campaign, p.district_id, :step, count(*), count(*), nullif(count(*) / :step, 0), :now
      FROM placements p
     WHERE {in_batch} AND p.layer IN :layers{joins}
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
    INSERT INTO ledger
           (campaign_id, district_id, ordinal, signature_id, layer, joined_at, carried_by)
    SELECT :campaign, p.district_id,
           t.joined - count(*) OVER (PARTITION BY p.district_id)
                    + row_number() OVER (PARTITION BY p.district_id ORDER BY p.signature_id),
           p.signature_id, p.layer, :now, {carried_by}
      FROM placements p
      JOIN tallies t ON t.campaign_id = :campaign AND t.district_id = p.district_id
     WHERE {in_batch} AND p.layer IN :layers{joins}
     ORDER BY p.district_id, p.signature_id
"""


# After the moved have left, whoever has a live row in a layer is still where they were.
_JOINS = """ AND NOT EXISTS (
        SELECT 1 FROM ledger l
         WHERE l.signature_id = p.signature_id AND l.layer = p.layer AND l.left_at IS NULL)"""

# A letter that has gone to the same division named them already: they are not named again.
_CARRIED_BY = """(
        SELECT min(o.carried_by) FROM ledger o
          JOIN districts was ON was.id = o.district_id
          JOIN districts here ON here.id = p.district_id AND here.division_id = was.division_id
          JOIN milestones sent ON sent.campaign_id = o.campaign_id
           AND sent.district_id = o.district_id AND sent.number = o.carried_by
           AND sent.sealed_at IS NOT NULL
          JOIN milestones kept ON kept.campaign_id = o.campaign_id
           AND kept.district_id = p.district_id AND kept.number = o.carried_by
           AND kept.sealed_at IS NOT NULL
         WHERE o.signature_id = p.signature_id AND o.layer = p.layer AND o.left_at IS NOT NULL)"""


def _statement(session: Session, sql: str, again: bool) -> TextClause:
    dialect = session.get_bind().dialect.name
    words = {
        "in_batch": _IN_BATCH[dialect],
        "joins": _JOINS if again else "",
        "carried_by": _CARRIED_BY if again else "NULL",
    }
    statement = text(sql.format(**words)).bindparams(bindparam("layers", expanding=True))
    return (
        statement.bindparams(bindparam("now", type_=UtcDateTime())) if ":now" in sql else statement
    )


def _pack(session: Session, ids: Sequence[int]) -> Any:
    return json.dumps(ids) if is_sqlite(session) else list(ids)
