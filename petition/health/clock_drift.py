"""Check that the clocks of this host, the database, Redis and every worker host agree.

- SMTP has no command for the time. Where the mail server's greeting holds a date, one that is far
  off is a fault; without a date the clock of the server is not checked.
"""

import re
import time
from datetime import datetime
from email.utils import parsedate_to_datetime

from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from petition.core.clock import utcnow
from petition.core.database import read_clock
from petition.core.extensions import db
from petition.core.queues import get_queues
from petition.health.findings import Fault
from petition.models import Event
from petition.processes.intervals import LARGEST_SKEW_SECONDS
from petition.processes.process_rows import list_processes

# A proxy in front of the mail server may send a greeting that it received earlier.
LARGEST_GREETING_SKEW_SECONDS = 600.0
# The format of Sendmail, Exim and Exchange (RFC 5322, section 3.3).
_DATE = re.compile(
    r"[A-Z][a-z]{2}, [0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} (?:[+-][0-9]{4}|GMT|UT)"
)
SET = "Let NTP set the clock of every host: links, leases and the dates of letters depend on it."


def check_clock() -> str:
    """The clocks of this host, the database, Redis and all workers agree; none ran backwards."""
    skews = {"its database": _read_database_skew(), "Redis": _read_redis_skew()}
    for what, skew in skews.items():
        if skew is not None and abs(skew) > LARGEST_SKEW_SECONDS:
            raise Fault(f"this host is {_say(-skew)} {what}", SET)
    for host, skew in _read_hosts().items():
        if abs(skew) > LARGEST_SKEW_SECONDS:
            raise Fault(f"the host {host} is {_say(skew)} the database", SET)
    newest = _read_newest_event()
    ahead = (newest - utcnow()).total_seconds() if newest else 0.0
    if ahead > LARGEST_SKEW_SECONDS:
        raise Fault(
            f"the newest event is {ahead:.0f} s in the future",
            "This host's clock is slow, or was fast: let NTP set it.",
        )
    largest = max((abs(skew) for skew in skews.values() if skew is not None), default=0.0)
    return f"within {max(largest, 0.1):.1f} s of the database and Redis"


def find_greeting_skew(greeting: str) -> float | None:
    """Return how many seconds a mail server's greeting is ahead; None where it has no date."""
    found = _DATE.search(greeting)
    if found is None:
        return None
    try:
        return (parsedate_to_datetime(found[0]) - utcnow()).total_seconds()
    except (ValueError, TypeError):
        return None


def check_greeting(greeting: str) -> None:
    """Raise Fault where a mail server's greeting holds a date that is far off."""
    skew = find_greeting_skew(greeting)
    if skew is not None and abs(skew) > LARGEST_GREETING_SKEW_SECONDS:
        raise Fault(
            f"the mail server's greeting is {_say(skew)} this host",
            "Let NTP set both clocks: e-mail with a date that is far off is treated as spam.",
        )


def _say(skew: float) -> str:
    seconds = abs(skew)
    words = f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} s"
    return f"{words} {'ahead of' if skew > 0 else 'behind'}"


def _read_database_skew() -> float | None:
    """Return how many seconds the database is ahead of this host; None where it does not answer."""
    try:
        before = utcnow()
        there = read_clock(db.session())
        after = utcnow()
    except DBAPIError:
        return None
    return (there - before - (after - before) / 2).total_seconds()


def _read_redis_skew() -> float | None:
    try:
        before = time.time()
        seconds, microseconds = get_queues().redis.time()
        after = time.time()
    except RedisError:
        return None
    return float(seconds) + microseconds / 1e6 - (before + after) / 2


def _read_hosts() -> dict[str, float]:
    """Return how many seconds each worker host is ahead of the database, as measured there."""
    try:
        running = [process for process in list_processes(db.session()) if not process.late]
    except DBAPIError:
        db.session.rollback()
        return {}
    return {process.host: process.clock_ahead for process in running}


def _read_newest_event() -> datetime | None:
    try:
        return db.session.scalar(select(Event.at).order_by(Event.id.desc()).limit(1))
    except DBAPIError:
        return None
