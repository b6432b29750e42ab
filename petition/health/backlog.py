"""What is on the queues. The record is the database; this says whether its hints are worked on."""

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
from rq.worker_registration import get_keys

from petition.queues import QueueClient, Stage

REGISTRIES: dict[str, type[BaseRegistry]] = {
    "started": StartedJobRegistry,
    "failed": FailedJobRegistry,
    "scheduled": ScheduledJobRegistry,
    "deferred": DeferredJobRegistry,
    "finished": FinishedJobRegistry,
}


def read_queues(queues: QueueClient) -> dict[str, Any]:
    """Return what waits, runs and failed on each queue, and how many workers it has.

    - Reads counts only: the job objects stay where they are, and nothing is tidied on the way.
    - ``{"error": class}`` while Redis is away.
    """
    try:
        counts = iter(_read_counts(queues))
        workers = _count_workers(queues)
    except RedisError as error:
        return {"error": type(error).__name__}
    return {
        stage.value: {name: next(counts) for name in ("waiting", *REGISTRIES)}
        | {"workers": workers[stage]}
        for stage in Stage
    }


def _read_counts(queues: QueueClient) -> list[int]:
    pipeline = queues.redis.pipeline(transaction=False)
    for stage in Stage:
        queue = queues.queue(stage)
        pipeline.llen(queue.key)
        for registry in REGISTRIES.values():
            pipeline.zcard(registry(queue=queue).key)
    return pipeline.execute()


def _count_workers(queues: QueueClient) -> dict[Stage, int]:
    """Count those whose own key is still there: a killed worker leaves its name in the set."""
    names = {stage: get_keys(queue=queues.queue(stage)) for stage in Stage}
    return {stage: queues.redis.exists(*keys) if keys else 0 for stage, keys in names.items()}
