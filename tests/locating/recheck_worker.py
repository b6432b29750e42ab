"""A recheck that a test can kill: ``python -m tests.locating.recheck_worker POINT``.

- It goes two by two, prints the word and stands still: ``between`` two batches, or ``within`` the
  second, right before its commit.
"""

import signal
import sys
from typing import Any

import pytest

from petition import create_app
from petition.locating import point_placements, recheck


def stand_still(point: str) -> None:
    sys.stdout.write(f"{point}\n")
    sys.stdout.flush()
    signal.pause()


def main(point: str) -> None:
    """Recheck once."""
    planned = recheck._plan_questions
    batches: list[object] = []

    def plan(*args: Any) -> None:
        planned(*args)
        batches.append(args)
        if point == "within" and len(batches) == 2:
            stand_still(point)

    def tell(seen: int, total: int) -> None:
        if point == "between":
            stand_still(point)

    with pytest.MonkeyPatch.context() as patch, create_app().app_context():
        patch.setattr(point_placements, "BATCH", 2)
        patch.setattr(recheck, "_plan_questions", plan)
        recheck.recheck_counties(tell=tell)


main(*sys.argv[1:])
