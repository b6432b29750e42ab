"""The wrapper of every job around its stage call: app context, flag, log line, error handling."""

from collections.abc import Callable, Iterator
from functools import cache, wraps
from time import monotonic, sleep
from typing import ParamSpec

from flask import Flask
from structlog.contextvars import bound_contextvars

from petition import create_app
from petition.core.errors import Retryable
from petition.core.extensions import db
from petition.core.logs import get_logger
from petition.core.queues import LINGER_SECONDS, Stage, get_queues
from petition.keys.check import check_if_due
from petition.models import Milestone

log = get_logger(__name__)
Ids = ParamSpec("Ids")


class JobFailed(Exception):
    """A job failed; contains only the class of the error, since Redis stores what a job raises."""


@cache
def get_app() -> Flask:
    """Return the app of this worker process; its forks share what it has loaded."""
    return create_app()


def job(stage: Stage) -> Callable[[Callable[Ids, None]], Callable[Ids, None]]:
    """Turn a function into a job of the stage's queue.

    - The stage's flag is cleared first, so that work which becomes due from now on enqueues another
      job.
    - A Retryable error is only logged: the work stays due and the reconciler finds it.
    - Any other error fails the job with its class name only.
    """

    def decorate(function: Callable[Ids, None]) -> Callable[Ids, None]:
        @wraps(function)
        def run(*args: Ids.args, **kwargs: Ids.kwargs) -> None:
            with get_app().app_context(), bound_contextvars(stage=stage.value, ids=list(args)):
                get_queues().begin(stage, *(int(str(value)) for value in args))
                started = monotonic()
                try:
                    check_if_due()
                    function(*args, **kwargs)
                except Retryable as error:
                    log.warning("job.put_off", error=error.code)
                except Exception as error:
                    log.exception("job.failed")
                    raise JobFailed(type(error).__name__) from None
                else:
                    log.info("job.done", ms=round((monotonic() - started) * 1000))
                finally:
                    db.session.remove()

        return run

    return decorate


def repeat_once() -> Iterator[None]:
    """Yield twice, LINGER_SECONDS apart, so that a job finds work committed after its last check.

    - A process that has woken the stage does not enqueue a second job within WOKEN_SECONDS, which
      is shorter (petition/core/queues.py).
    """
    yield
    sleep(LINGER_SECONDS)
    yield


def find_campaign(milestone_id: int) -> int:
    """Return the campaign of a milestone."""
    return db.session.get_one(Milestone, milestone_id).campaign_id
