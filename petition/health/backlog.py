"""What is on the queues. The record is the database; this says whether its hints are worked on.

- Who works is told by the database as well: petition/processes.
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
    """Return what waits, runs and failed on each queue.

    - Reads counts only: the job objects stay where they are, and nothing is tidied on the way.
    - ``{"error": class}`` while Redis is away.
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
