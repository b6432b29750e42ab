"""Whether Redis kept what it was given: a mark is in it, and the same in the database.

- Nothing of ours is lost with Redis (docs/invariants.md, rule 1), but limits and caches begin anew
  and jobs wait for the reconciler: who empties it should know that it is no cache of theirs.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from redis import Redis
from redis.exceptions import RedisError

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.core.logs import get_logger
from petition.core.queues import get_queues
from petition.health.findings import Fault, leave_to_others
from petition.models import Heartbeat
from petition.processes.heartbeats import write_heartbeat

log = get_logger(__name__)

# The row of heartbeats that remembers the mark, and the key that holds it in Redis.
MARK = "redis"
KEY = "hundredth:mark"
# So long it is told that it was emptied.
TOLD_FOR = timedelta(hours=1)
REMEDY = (
    "Nothing is lost: the scheduler finds in the database what is due. See that Redis is for this "
    "service alone and keeps its data (appendonly yes, maxmemory-policy noeviction)."
)


def mark_redis() -> bool:
    """Mark Redis, and remember the mark; return whether the one that it had was lost.

    - Raises RedisError where Redis is away.
    """
    redis = get_queues().redis
    known = _read_known()
    if known is not None and _read_mark(redis) == known["mark"]:
        return False
    redis.set(KEY, uuid4().hex, nx=True)
    mark = _read_mark(redis)
    if mark is None:
        return False  # somebody empties it right now: the next look tells
    emptied_at = utcnow() if known is not None else None
    if known is not None:
        log.error("redis.emptied", remedy=REMEDY)
    detail = {"mark": mark, "emptied_at": emptied_at and emptied_at.isoformat()}
    with transaction() as session:
        write_heartbeat(session, MARK, utcnow(), detail)
    return known is not None


@leave_to_others
def check_kept() -> str:
    """Redis kept what it was given, and evicts nothing."""
    known = _read_known()
    try:
        mark = _read_mark(get_queues().redis)
        memory = get_queues().redis.info("memory")
    except RedisError:
        return "not known while Redis is not as it should be"
    policy = memory.get("maxmemory_policy", "noeviction")
    if memory.get("maxmemory") and policy != "noeviction":
        raise Fault(
            f"Redis throws jobs away when it is full (maxmemory-policy {policy})",
            "Set maxmemory-policy noeviction, and give it more memory.",
        )
    if known is None:
        return "not known before a scheduler has marked it"
    if mark != known["mark"]:
        raise Fault("Redis was emptied since a scheduler looked last", REMEDY)
    emptied = known.get("emptied_at")
    if emptied and utcnow() - datetime.fromisoformat(emptied) < TOLD_FOR:
        at = datetime.fromisoformat(emptied)
        raise Fault(f"Redis was emptied, as was found at {at:%H:%M} UTC", REMEDY)
    return "Redis kept what it was given"


def _read_known() -> dict[str, Any] | None:
    row = db.session.get(Heartbeat, MARK, populate_existing=True)
    detail = dict(row.detail) if row is not None else None
    db.session.rollback()
    return detail


def _read_mark(redis: Redis) -> str | None:
    found = redis.get(KEY)
    return found.decode("ascii", "replace") if isinstance(found, bytes) else None
