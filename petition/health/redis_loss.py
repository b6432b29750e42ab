"""Detect that Redis lost its data, by a random value stored both there and in the database.

- No record is lost with Redis (docs/invariants.md, rule 1), but rate limits and caches start over
  and jobs wait for the reconciler. A flush may come from another service that shares the server.
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
from petition.health.findings import Fault, skip_on_database_error
from petition.models import Heartbeat
from petition.processes.heartbeats import write_heartbeat

log = get_logger(__name__)

# The name of the heartbeats row with the value, and the key that holds it in Redis.
MARK = "redis"
KEY = "hundredth:mark"
# How long a flush is reported.
TOLD_FOR = timedelta(hours=1)
REMEDY = (
    "Nothing is lost: the scheduler finds what is due in the database. Check that Redis serves "
    "this service only and keeps its data (appendonly yes, maxmemory-policy noeviction)."
)


def mark_redis() -> bool:
    """Store the value in Redis and in the database; return whether the one in Redis was lost.

    - Raises RedisError where Redis is unavailable.
    """
    redis = get_queues().redis
    known = _read_known()
    if known is not None and _read_mark(redis) == known["mark"]:
        return False
    redis.set(KEY, uuid4().hex, nx=True)
    mark = _read_mark(redis)
    if mark is None:
        return False  # it is being flushed right now: the next call detects it
    emptied_at = utcnow() if known is not None else None
    if known is not None:
        log.error("redis.emptied", remedy=REMEDY)
    detail = {"mark": mark, "emptied_at": emptied_at and emptied_at.isoformat()}
    with transaction() as session:
        write_heartbeat(session, MARK, utcnow(), detail)
    return known is not None


@skip_on_database_error
def check_kept() -> str:
    """Redis kept its data, and evicts nothing."""
    known = _read_known()
    try:
        mark = _read_mark(get_queues().redis)
        memory = get_queues().redis.info("memory")
    except RedisError:
        return "not known until Redis is fixed"
    policy = memory.get("maxmemory_policy", "noeviction")
    if memory.get("maxmemory") and policy != "noeviction":
        raise Fault(
            f"Redis discards jobs when it is full (maxmemory-policy {policy})",
            "Set maxmemory-policy noeviction, and give it more memory.",
        )
    if known is None:
        return "not known until a scheduler has marked it"
    if mark != known["mark"]:
        raise Fault("Redis was emptied since a scheduler last checked", REMEDY)
    emptied = known.get("emptied_at")
    if emptied and utcnow() - datetime.fromisoformat(emptied) < TOLD_FOR:
        at = datetime.fromisoformat(emptied)
        raise Fault(f"Redis was emptied; this was found at {at:%H:%M} UTC", REMEDY)
    return "Redis has kept its data"


def _read_known() -> dict[str, Any] | None:
    row = db.session.get(Heartbeat, MARK, populate_existing=True)
    detail = dict(row.detail) if row is not None else None
    db.session.rollback()
    return detail


def _read_mark(redis: Redis) -> str | None:
    found = redis.get(KEY)
    return found.decode("ascii", "replace") if isinstance(found, bytes) else None
