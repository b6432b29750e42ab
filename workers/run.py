"""The worker process: an RQ worker that loads, before forking, what its jobs need."""

import gc
import time
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import Any, ClassVar

from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

from petition.core.content.stores import probe_store
from petition.core.errors import Retryable
from petition.core.extensions import db, get_settings
from petition.core.logs import get_logger
from petition.core.queues import QueueClient, Stage, StageJob
from petition.core.sealing import get_sealer
from petition.keys.check import check_at_start
from petition.models import ProcessRole
from petition.processes.liveness import keep_beating
from workers.jobs import get_app
from workers.turns import Shares

log = get_logger(__name__)

# Seconds between two attempts to reach an unavailable Redis.
AWAY_SECONDS = 1.0
# With this an idle worker refreshes its registration in Redis every 30 s, as a busy one does. Which
# workers run is read from the database, not from there: petition/processes.
WORKER_TTL = 45


class StageWorker(Worker):
    """RQ's forking worker: a job that dies or hangs affects only its own fork.

    - ``told_to_stop`` is true in the whole process after a signal, whether or not Redis is
      reachable.
    - ``lost_redis``: Redis became unavailable during a job. RQ's worker then returns without a
      reason.
    - Its queues share the time fairly (workers/turns.py).
    """

    max_connection_wait_time = AWAY_SECONDS
    told_to_stop: ClassVar[bool] = False
    lost_redis = False

    def __init__(self, queues: Sequence[Queue], **options: Any) -> None:
        super().__init__(queues, **options)
        self._shares = Shares([queue.name for queue in queues])

    def reorder_queues(self, reference_queue: Queue) -> None:
        """Record the queue of the job that was found; RQ calls this before it runs the job."""
        self._shares.begin(reference_queue.name)

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Record that this process was told to stop, then stop as RQ does."""
        StageWorker.told_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def set_shutdown_requested_date(self) -> None:
        """Store the time in Redis if it is available, without raising in the signal handler."""
        with suppress(RedisError):
            super().set_shutdown_requested_date()  # type: ignore[no-untyped-call]

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run one job, record whether Redis was lost meanwhile, and reorder the queues."""
        started = time.monotonic()
        try:
            super().execute_job(job, queue)
        except RedisError:
            self.lost_redis = True
            raise
        finally:
            self._shares.end(queue.name, time.monotonic() - started)
            by_name = {each.name: each for each in self.queues}
            self._ordered_queues = [by_name[name] for name in self._shares.order()]

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Run the job in the fork, with database connections of its own."""
        with get_app().app_context():
            db.engine.dispose(close=False)
        super().main_work_horse(job, queue)


def run_worker(stages: Sequence[Stage], burst: bool = False) -> None:
    """Work on the queues of ``stages``, with fair shares of time, until told to stop.

    - SIGTERM or SIGINT lets the current job finish; a second one aborts it.
    - An unavailable Redis is tried again every second.
    - ``burst``: return when the queues are empty.
    - Raises SystemExit(1) if RQ's worker ended by itself, so that the supervisor restarts it.
    """
    with get_app().app_context():
        check_at_start()
        preload(stages)
        # A connection of its own: RQ gives it a long time-out, unfit for jobs that wake a stage.
        settings = get_settings()
        seals_with = get_sealer().key_ids[0]
        queues = QueueClient(settings.redis_url)
        # The forks must not inherit an open connection.
        db.session.remove()
        db.engine.dispose()
    # Loaded objects are exempt from collection: a fork's collector would touch, and so copy, their
    # memory pages.
    gc.collect()
    gc.freeze()
    try:
        with keep_beating(settings.database_url, ProcessRole.WORKER, stages, seals_with):
            while not _work(queues, stages, burst):
                time.sleep(AWAY_SECONDS)
    except StopRequested:
        return  # the signal came between two workers, or while one was being registered
    if not burst and not StageWorker.told_to_stop:
        log.error("worker.ended")
        raise SystemExit(1)


def _work(queues: QueueClient, stages: Sequence[Stage], burst: bool) -> bool:
    """Run one RQ worker; return False if it ended because Redis is unavailable."""
    try:
        worker = StageWorker(
            [queues.queue(stage) for stage in stages],
            connection=queues.redis,
            serializer=JSONSerializer,
            job_class=StageJob,
            log_job_description=False,
            worker_ttl=WORKER_TTL,
        )
        worker.work(burst=burst, logging_level="WARNING")
    except RedisError as error:
        if not StageWorker.told_to_stop:
            log.warning("worker.waits_for_redis", error=type(error).__name__)
        return StageWorker.told_to_stop
    return StageWorker.told_to_stop or not worker.lost_redis


def preload(stages: Sequence[Stage]) -> None:
    """Load once, before forking, what the stages' jobs would load each time."""
    import workers.pipeline  # noqa: F401  importing the stages takes most of the time

    if Stage.LOCATE in stages:
        from petition.boundaries.active_sets import get_boundaries
        from petition.geocoding.chain import get_chain
        from petition.postal.zip_places import load_postal_codes

        get_chain()  # raises for an unknown geocoder at startup
        load_postal_codes()
        try:
            get_boundaries(db.session())
        except Retryable as error:
            log.warning("worker.without_boundaries", error=error.code)
    if {Stage.RENDER, Stage.DELIVER} & set(stages):
        # What is found of it here, its forks need not find out.
        if away := probe_store(get_settings().storage):
            log.warning("worker.without_store", error=away)
    if Stage.RENDER in stages:
        from petition.letters.render import preload as preload_letters

        preload_letters()
