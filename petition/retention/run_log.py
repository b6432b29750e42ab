"""The log of runs: when each began and ended, who began it, and what it erased by kind."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import RetentionRun

MOST_LISTED = 50


def begin_run(actor: str, at: datetime) -> int:
    """Note that a run has begun; return its number."""
    with transaction() as session:
        run = RetentionRun(actor=actor, began_at=at, counts={}, failed=[])
        session.add(run)
        session.flush()
        return run.id


def end_run(
    run_id: int, counts: Mapping[str, int], failed: Sequence[str], *, late: bool, keep: bool
) -> None:
    """Note the result of a run; without ``keep`` forget one that erased nothing and had no error.

    - The reconciler runs every ten minutes: what it did not find is no news.
    """
    with transaction() as session:
        if not keep and not counts and not failed:
            session.execute(delete(RetentionRun).where(RetentionRun.id == run_id))
            return
        run = session.get_one(RetentionRun, run_id)
        run.ended_at, run.counts, run.failed, run.late = utcnow(), {**counts}, [*failed], late


def list_runs(limit: int = MOST_LISTED) -> Sequence[RetentionRun]:
    """Return the latest runs, the last one first."""
    runs = db.session.scalars(
        select(RetentionRun).order_by(RetentionRun.id.desc()).limit(limit)
    ).all()
    for run in runs:
        db.session.expunge(run)
    db.session.rollback()
    return runs
