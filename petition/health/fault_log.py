"""Logs each fault in one line, when it starts and once an hour while it lasts.

For operators who read logs and have no Prometheus: the scheduler runs the same checks as the
doctor.
"""

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager

from flask import Flask
from redis.exceptions import RedisError

from petition.core.logs import get_logger
from petition.health.audit_chain.chain_watch import check_audit
from petition.health.background_loop import keep_repeating
from petition.health.clock_drift import check_clock
from petition.health.core_checks import (
    check_boundaries,
    check_database_writes,
    check_migrations,
    check_redis,
)
from petition.health.findings import Check, run_checks
from petition.health.letter_store import check_content
from petition.health.mail_lanes import check_lanes, check_letter_lane, check_relay_lane
from petition.health.process_check import check_processes
from petition.health.redis_loss import check_kept, mark_redis
from petition.health.storage_check import check_storage

log = get_logger(__name__)

CHECKS: Mapping[str, Check] = {
    "database": check_database_writes,
    "migrations": check_migrations,
    "redis": check_redis,
    "queue": check_kept,
    "mails": check_lanes,
    "letters": check_letter_lane,
    "relay": check_relay_lane,
    "storage": check_storage,
    "content": check_content,
    "clock": check_clock,
    "boundaries": check_boundaries,
    "processes": check_processes,
    "audit": check_audit,
}
EACH_SECONDS = 60.0
# Workers started together with this process have a row of their own by then.
FIRST_SECONDS = 30.0
PATIENCE_SECONDS = 30.0
AGAIN_AFTER_SECONDS = 3600.0


class FaultLogger:
    """The faults that one process has logged, and when."""

    def __init__(self, app: Flask, checks: Mapping[str, Check] = CHECKS) -> None:
        self._app = app
        self._checks = checks
        self._logged_at: dict[str, float] = {}

    def look(self) -> None:
        """Run all checks, and log each fault that is new, an hour old, or over."""
        for finding in run_checks(self._app, self._checks, PATIENCE_SECONDS):
            now = time.monotonic()
            logged_at = self._logged_at.get(finding.name)
            if finding.ok and logged_at is not None:
                del self._logged_at[finding.name]
                log.info("health.fixed", part=finding.name, found=finding.found)
            elif not finding.ok and (logged_at is None or now - logged_at > AGAIN_AFTER_SECONDS):
                self._logged_at[finding.name] = now
                log.error(
                    "health.fault", part=finding.name, found=finding.found, remedy=finding.remedy
                )


def keep_logging_faults(app: Flask) -> AbstractContextManager[None]:
    """Run the checks every EACH_SECONDS in a thread until the block ends."""
    logger = FaultLogger(app)

    def look() -> None:
        _mark(app)
        logger.look()

    return keep_repeating("health", look, EACH_SECONDS, FIRST_SECONDS)


def _mark(app: Flask) -> None:
    with app.app_context():
        try:
            mark_redis()
        except RedisError:
            return  # check_redis reports it
