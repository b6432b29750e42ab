"""A rotation that a test can kill: ``python -m tests.keys.rotating BATCH POINT``.

- It says each batch that it has written, and stands still after the second: ``between`` two
  batches, or ``within`` the next one, right before its commit. ``never``: it runs to its end.
"""

import signal
import sys
from typing import Any

import pytest

from petition import create_app
from petition.keys import rotation

STANDS_AFTER = 2


def stand_still(point: str) -> None:
    sys.stdout.write(f"{point}\n")
    sys.stdout.flush()
    signal.pause()


def main(batch: str, point: str) -> None:
    """Rotate once."""
    build = rotation._build_write
    batches: list[object] = []

    def hold(*args: Any) -> Any:
        held = original(*args)  # the rows are held, and nothing is written yet
        batches.append(args)
        return held

    original = rotation._hold

    def record_batch(*args: Any) -> int:
        written = write(*args)
        if point == "between" and len(batches) == STANDS_AFTER:
            stand_still(point)
        return written

    write = rotation._write

    def build_late(*args: Any) -> Any:
        if point == "within" and len(batches) == STANDS_AFTER:
            stand_still(point)
        return build(*args)

    with pytest.MonkeyPatch.context() as patch, create_app().app_context():
        patch.setattr(rotation, "_hold", hold)
        patch.setattr(rotation, "_write", record_batch)
        patch.setattr(rotation, "_build_write", build_late)
        found = rotation.rotate(batch=int(batch))
        sys.stdout.write(f"done {found.resealed} {found.skipped} {found.broken}\n")


main(*sys.argv[1:])
