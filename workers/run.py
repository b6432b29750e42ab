"""The worker process: an RQ worker whose parent has loaded what its forks need."""

import gc
import time
from collections.abc import Sequence

from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from petition.errors import Retryable
from petition.extensions import db
from petition.logs import get_logger
from petition.queues import Stage, get_queues
from workers.jobs import get_app

log = get_logger(__name__)

# How long to wait before asking again for a Redis that is away.
AWAY_SECONDS = 1.0


class StageWorker(Worker):
    """RQ's forking worker: a job that dies or hangs takes only its own fork with it."""

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Run the job in the fork, on database connections of its own."""
        with get_app().app_context():
            db.engine.dispose(close=False)
        super().main_work_horse(job, queue)


def run_worker(stages: Sequence[Stage], burst: bool = False) -> None:
    """Work on the queues of ``stages``, in that order, until told to stop.

    - SIGTERM or SIGINT lets the job in hand finish; a second one ends it.
    - While Redis is away it is asked again every second.
    - ``burst``: return when the queues are empty.
    """
    with get_app().app_context():
        preload(stages)
        queues = get_queues()
        # The forks must not inherit an open connection.
        db.session.remove()
        db.engine.dispose()
    # What is loaded stays: a fork's collector need not touch, and so copy, every page of it.
    gc.collect()
    gc.freeze()
    while True:
        try:
            worker = StageWorker(
                [queues.queue(stage) for stage in stages],
                connection=queues.redis,
                serializer=JSONSerializer,
                log_job_description=False,
            )
            worker.work(burst=burst, logging_level="WARNING")
            return
        except RedisError as error:
            log.warning("worker.waits_for_redis", error=type(error).__name__)
            time.sleep(AWAY_SECONDS)


def preload(stages: Sequence[Stage]) -> None:
    """Load once, before forking, what the stages' jobs would load each time."""
    import workers.pipeline  # noqa: F401  the stages' own imports are most of the time

    if Stage.LOCATE in stages:
        from petition.geography.active import get_boundaries
        from petition.geography.geocoders.chain import get_chain
        from petition.geography.postal import load_postal_codes

        get_chain()  # an unknown geocoder stops the start
        load_postal_codes()
        try:
            get_boundaries(db.session())
        except Retryable as error:
            log.warning("worker.without_boundaries", error=error.code)
    if Stage.RENDER in stages:
        from petition.letters.render import preload as preload_letters

        preload_letters()
