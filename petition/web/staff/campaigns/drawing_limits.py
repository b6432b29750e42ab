"""How often staff may have letters laid out: a limit for each account, and one at a time."""

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app
from flask_security import current_user

from petition.core.errors import UserError
from petition.openings.opening_problems import OpeningProblem
from petition.web.ratelimit.limits import HitLimit

DRAWINGS = "30 per minute; 300 per hour"  # for an account
# How long a request waits while another lays out a letter in the same process.
PATIENCE_SECONDS = 8.0
EXTENSION = "hundredth-drawing-limit"
_one_at_a_time = threading.BoundedSemaphore(1)


class TooManyDrawings(UserError):
    """The account has had too many letters laid out, or another is being laid out."""

    code = "too-many-drawings"
    status = 429

    def __init__(self, code: OpeningProblem, seconds: int) -> None:
        super().__init__(code, seconds=seconds)
        self.seconds = seconds


def init_drawings(app: Flask) -> None:
    """Create the app's limit."""
    queues, sealer = app.extensions["hundredth-queues"], app.extensions["hundredth-sealer"]
    app.extensions[EXTENSION] = HitLimit(DRAWINGS, queues, sealer, "drawing")


@contextmanager
def take_drawing_turn() -> Iterator[None]:
    """Have the one turn of this process to lay out a letter; raises TooManyDrawings."""
    wait = current_app.extensions[EXTENSION].hit(f"account {current_user.id}")
    if wait:
        raise TooManyDrawings(OpeningProblem.TOO_OFTEN, math.ceil(wait))
    if not _one_at_a_time.acquire(timeout=PATIENCE_SECONDS):
        raise TooManyDrawings(OpeningProblem.BUSY, math.ceil(PATIENCE_SECONDS))
    try:
        yield
    finally:
        _one_at_a_time.release()
