"""The queues: their names, the arguments of each job, and the function that wakes a worker.

RQ is a hint, the database is the record (docs/invariants.md, rule 1). So:

- A job contains ids and nothing else, as JSON.
- Many rows wake a worker once: a flag in Redis is set from the wake until its job begins, and for
  FLAG_SECONDS at most. A job that waits for longer may therefore get a second one queued behind it;
  a caller that wakes the same ids repeatedly checks ``count_standing`` first.
- While Redis is unavailable a wake is dropped; the reconciler finds the same work in the database.
- Jobs are named by dotted path, so that ``petition`` never imports ``workers``.
"""

import math
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from flask import current_app
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, RedisError
from redis.retry import Retry
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import JobTimeoutException

from petition.core.logs import get_logger
from petition.core.settings import Settings

log = get_logger(__name__)

SOCKET_SECONDS = 1.0
# For this long after waking a stage a process does not call Redis for it again: the job checks for
# new work once more after LINGER_SECONDS, which is longer.
WOKEN_SECONDS = 0.03
LINGER_SECONDS = 0.06
# The flag of a lost job must not block the stage for longer than this.
FLAG_SECONDS = 10
# After Redis failed, it is not tried again for this long: many times as long as one try, which
# blocks one of a process's few threads.
AWAY_SECONDS = 10.0
RESULT_SECONDS = 60
FAILURE_SECONDS = 24 * 3600
# The least limit after which a hung job is ended. A healthy one is shorter: ``find_job_seconds``.
SHORTEST_JOB_SECONDS = 300


class Stage(StrEnum):
    """A queue, named after the stage whose jobs it contains."""

    MAIL = "mail"  # mails to signers that are due: no arguments
    LOCATE = "locate"  # confirmed signatures that are due: no arguments
    COUNT = "count"  # (campaign id)
    RENDER = "render"  # (milestone id)
    DELIVER = "deliver"  # (delivery id)
    DISPATCH = "dispatch"  # everything else that is due to be sent: no arguments
    IMPORT = "import"  # uploaded lists to import or to take back: no arguments
    CONSENTS = "consents"  # changes of consents to number, and places to fill: no arguments
    WEBHOOKS = "webhooks"  # events of organizations to be sent to their endpoints: no arguments


JOBS = {
    Stage.MAIL: "workers.pipeline.mail_job",
    Stage.LOCATE: "workers.pipeline.locate_job",
    Stage.COUNT: "workers.pipeline.count_job",
    Stage.RENDER: "workers.pipeline.render_job",
    Stage.DELIVER: "workers.pipeline.deliver_job",
    Stage.DISPATCH: "workers.pipeline.dispatch_job",
    Stage.IMPORT: "workers.pipeline.import_job",
    Stage.CONSENTS: "workers.pipeline.consents_job",
    Stage.WEBHOOKS: "workers.pipeline.webhooks_job",
}


# RQ raises this once, at any point, in a job that exceeds its limit. Code that catches every
# Exception and continues must not catch this one: the job would have no limit any more.
JobTimeout = JobTimeoutException


class JobRefused(Exception):
    """A job that Hundredth did not enqueue: another program writes to the queues."""


class StageJob(Job):
    """A job that runs only a function of JOBS, on ids, whatever its entry in Redis contains.

    - RQ's own class imports any dotted path in the entry and sends webhooks anywhere: anyone with
      write access to Redis could run any code, with our keys.
    """

    @property
    def func(self) -> Callable[..., Any] | None:
        """The function; raises JobRefused unless it is a stage's job on whole numbers."""
        plain = self.instance is None and not self.kwargs
        if not plain or self.func_name not in JOBS.values() or not all(map(_is_id, self.args)):
            log.error("job.refused", queue=self.origin)
            raise JobRefused
        function: Callable[..., Any] | None = super().func
        return function

    @property
    def success_callback(self) -> None:
        """None: our jobs have none."""
        return

    @property
    def failure_callback(self) -> None:
        """None: our jobs have none."""
        return

    @property
    def stopped_callback(self) -> None:
        """None: our jobs have none."""
        return

    def send_webhooks(self, *_: Any, **__: Any) -> None:
        """Do nothing: RQ's own webhooks are never sent."""


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def connect(url: str) -> Redis:
    """Return a client that fails fast: a signature must not wait for a queue.

    - A connection that a restart of Redis broke is replaced at once; after a time-out there is no
      second try.
    """
    return Redis.from_url(
        url,
        socket_timeout=SOCKET_SECONDS,
        socket_connect_timeout=SOCKET_SECONDS,
        retry=Retry(NoBackoff(), 1, (ConnectionError,)),
    )


class QueueClient:
    """The connection of one app to Redis, and the time of its last failure."""

    def __init__(self, url: str) -> None:
        self.redis = connect(url)
        self._away_until = 0.0
        self._woken: dict[Stage, float] = {}

    def wake(self, stage: Stage, *ids: int) -> bool:
        """Enqueue the stage's job unless one with the same ids is waiting.

        - A job without ids does all the work that is due, so one in the queue is enough.
        - Returns False, and raises nothing, while Redis is unavailable.
        """
        now = time.monotonic()
        if now < self._away_until:
            return False
        if not ids and now - self._woken.get(stage, 0.0) < WOKEN_SECONDS:
            return True
        try:
            if self.redis.set(flag_name(stage, *ids), b"1", nx=True, ex=FLAG_SECONDS):
                queue = self.queue(stage)
                if ids or not queue.count:
                    queue.enqueue(
                        JOBS[stage],
                        args=ids,
                        job_timeout=find_job_seconds(),
                        result_ttl=RESULT_SECONDS,
                        failure_ttl=FAILURE_SECONDS,
                    )
        except RedisError as error:
            self._stay_away(stage, error)
            return False
        self._woken[stage] = now
        return True

    def count_standing(self, stage: Stage) -> int | None:
        """Return how many jobs of the stage have not begun; None while Redis is unavailable."""
        if time.monotonic() < self._away_until:
            return None
        try:
            return self.queue(stage).count
        except RedisError as error:
            self._stay_away(stage, error)
            return None

    def begin(self, stage: Stage, *ids: int) -> None:
        """Delete the flag as a job begins: work that arrives from now on wakes another."""
        try:
            self.redis.delete(flag_name(stage, *ids))
        except RedisError:
            log.warning("queue.away", stage=stage)

    def queue(self, stage: Stage) -> Queue:
        """Return the RQ queue of a stage."""
        return Queue(
            stage.value, connection=self.redis, serializer=JSONSerializer, job_class=StageJob
        )

    def _stay_away(self, stage: Stage, error: RedisError) -> None:
        # From now, not from the start of the failed try, which may have taken long.
        self._away_until = time.monotonic() + AWAY_SECONDS
        log.warning("queue.away", stage=stage, error=type(error).__name__)


def flag_name(stage: Stage, *ids: int) -> str:
    """Return the key in Redis of the flag that a job of the stage with these ids is queued."""
    return ":".join(["hundredth", "wake", stage.value, *map(str, ids)])


def find_job_seconds() -> int:
    """Return the seconds after which RQ may end a job of the current app.

    - Three leases: one until the handover of a send, one after it, one for waits on the database.
    """
    settings: Settings = current_app.extensions["hundredth"]
    return max(SHORTEST_JOB_SECONDS, math.ceil(3 * settings.lease_seconds) + 60)


def get_queues() -> QueueClient:
    """Return the queue client of the current app."""
    client: QueueClient = current_app.extensions["hundredth-queues"]
    return client


def wake(stage: Stage, *ids: int) -> bool:
    """Wake a worker for the stage: see QueueClient.wake."""
    return get_queues().wake(stage, *ids)
