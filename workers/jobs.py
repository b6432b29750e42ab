"""What every job has around its stage call: the app, the flag, the log line, safe failures."""

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
    """A job broke; carries the class of the error only, since Redis keeps what a job raises."""


@cache
def get_app() -> Flask:
    """Return the one app of this worker process; its forks share what it has loaded."""
    return create_app()


def job(stage: Stage) -> Callable[[Callable[Ids, None]], Callable[Ids, None]]:
    """Make a stage call a job of the stage's queue.

    - The stage's flag is taken down first, so that what comes in from now on wakes another job.
    - A Retryable error is logged and let be: the work stays due and the reconciler finds it.
    - Any other error fails the job under its class name alone.
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


def linger() -> Iterator[None]:
    """Let a job look once more a moment later, for those who were told that it had been woken."""
    yield
    sleep(LINGER_SECONDS)
    yield


def find_campaign(milestone_id: int) -> int:
    """Return the campaign of a milestone."""
    return db.session.get_one(Milestone, milestone_id).campaign_id
