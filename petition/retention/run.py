"""Count and erase the data of all kinds past their period, by batches and within a time limit."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.extensions import db, get_settings, transaction
from petition.core.logs import get_logger
from petition.retention.closed_campaigns import list_closed_waiting
from petition.retention.data_kind import DataKind
from petition.retention.data_kinds import KINDS
from petition.retention.ended_signatures import ACTOR
from petition.retention.legal_holds import is_any_held
from petition.retention.run_log import begin_run, end_run
from petition.retention.wal_checkpoints import ask_for_checkpoint

log = get_logger(__name__)

# One transaction each, during which signers wait for SQLite's only writer.
BATCH = 200
# The other steps of the reconciler wait meanwhile, and a job may take SHORTEST_JOB_SECONDS.
ROUND_SECONDS = 20.0
LONGEST_SECONDS = 120.0
EVENT = "retention.erased"
Tell = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class FoundData:
    """The data of one kind that is past its period.

    - ``days``: how long it is kept, None without limit; then nothing is past.
    - ``oldest``: the time from which the oldest of these has been kept.
    """

    kind: str
    setting: str
    what: str
    days: int | None
    past: int
    oldest: datetime | None


@dataclass(slots=True)
class Erased:
    """The result of a run: counts by kind, errors by kind, and whether time ran out."""

    counts: dict[str, int]
    failed: dict[str, Exception]
    late: bool = False

    @property
    def total(self) -> int:
        """The number of erased rows, files and lines."""
        return sum(self.counts.values())


def look() -> Iterator[FoundData]:
    """Yield what is past for each kind; changes nothing and blocks no writer."""
    now = utcnow()
    for kind in KINDS:
        before = _find_moment(kind, now)
        past = kind.look(before) if before and not is_kept_whole(kind) else None
        db.session.rollback()
        yield FoundData(
            kind.name,
            kind.setting,
            kind.what,
            kind.read_days(get_settings().keep),
            past.count if past else 0,
            past.oldest if past else None,
        )


def erase(
    seconds: float = LONGEST_SECONDS,
    tell: Tell = lambda done: None,
    kinds: Sequence[DataKind] | None = None,
    actor: str = ACTOR,
) -> Erased:
    """Erase what is past its period and return the result.

    - Round-robin, one batch of each kind, so that no kind waits for all of another. An exception of
      one kind is logged by its class, and does not stop the others.
    - Safe to kill, to repeat and to run concurrently: each batch is a transaction of its own. An
      event records how many of each kind were erased, and a row of the log that it ran.
    - What belongs to a campaign under a legal hold is kept.
    - ``tell`` is called with the number erased so far. ``kinds``: only those; None: all.
    """
    now, ends_at = utcnow(), time.monotonic() + seconds
    done, run_id = Erased({}, {}), begin_run(actor, now)
    waiting = [(kind, before) for kind in kinds or KINDS if (before := _find_moment(kind, now))]
    try:
        while waiting and not done.late:
            waiting = [one for one in waiting if _erase_batch(*one, done, ends_at)]
            tell(done.total)
    finally:
        _note(done, run_id, actor)
    return done


def list_waiting() -> list[str]:
    """Return the campaigns past their retention period that still have pending work."""
    days = get_settings().keep.closed
    waiting = list_closed_waiting(utcnow() - timedelta(days=days)) if days is not None else []
    db.session.rollback()
    return waiting


def sweep() -> int:
    """Erase as a step of the reconciler; return how many. Raises the first kind's exception."""
    done = erase(ROUND_SECONDS)
    for error in done.failed.values():
        raise error
    return done.total


def _find_moment(kind: DataKind, now: datetime) -> datetime | None:
    days = kind.read_days(get_settings().keep)
    return now - timedelta(days=days) if days is not None else None


def _erase_batch(kind: DataKind, before: datetime, done: Erased, ends_at: float) -> bool:
    """Erase one batch of a kind; return whether it may have more."""
    if time.monotonic() >= ends_at:
        done.late = True
        return True
    try:
        # Asked before each batch: a hold may be placed while a run is under way.
        count = 0 if is_kept_whole(kind) else kind.erase(before, BATCH)
    except Exception as error:
        log.error("retention.failed", kind=kind.name, error=type(error).__name__)
        done.failed[kind.name] = error
        return False
    finally:
        db.session.rollback()
    done.counts[kind.name] = done.counts.get(kind.name, 0) + count
    return count > 0


def is_kept_whole(kind: DataKind) -> bool:
    """Return whether nothing of a kind is erased now, since its campaigns are not known."""
    return not kind.of_campaigns and is_any_held()


def _note(done: Erased, run_id: int, actor: str) -> None:
    counts = {name: count for name, count in done.counts.items() if count}
    end_run(run_id, counts, [*done.failed], late=done.late, keep=actor != ACTOR)
    if not counts:
        return
    ask_for_checkpoint()
    with transaction() as session:
        record(session, EVENT, "service", 0, actor=actor, detail=counts)
    log.info(EVENT, **counts)
