"""The number of jobs on each queue. Jobs are only hints: the database is the record of due work.

- Which workers run is read from the database: petition/processes.
"""

from typing import Any

from redis.exceptions import RedisError
from rq.registry import (
    BaseRegistry,
    DeferredJobRegistry,
    FailedJobRegistry,
    FinishedJobRegistry,
    ScheduledJobRegistry,
    StartedJobRegistry,
)

from petition.core.queues import QueueClient, Stage

REGISTRIES: dict[str, type[BaseRegistry]] = {
    "started": StartedJobRegistry,
    "failed": FailedJobRegistry,
    "scheduled": ScheduledJobRegistry,
    "deferred": DeferredJobRegistry,
    "finished": FinishedJobRegistry,
}


def read_queues(queues: QueueClient) -> dict[str, Any]:
    """Return how many jobs wait, run and have failed on each queue.

    - Reads counts only: loads no job, and removes no expired one.
    - ``{"error": class}`` while Redis is unavailable.
    """
    try:
        counts = iter(_read_counts(queues))
    except RedisError as error:
        return {"error": type(error).__name__}
    return {
        stage.value: {name: next(counts) for name in ("waiting", *REGISTRIES)} for stage in Stage
    }


def _read_counts(queues: QueueClient) -> list[int]:
    pipeline = queues.redis.pipeline(transaction=False)
    for stage in Stage:
        queue = queues.queue(stage)
        pipeline.llen(queue.key)
        for registry in REGISTRIES.values():
            pipeline.zcard(registry(queue=queue).key)
    return pipeline.execute()
