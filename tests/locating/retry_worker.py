"""A retry of all in review that a test can kill: it goes two by two and stands in the second.

``python -m tests.locating.retry_worker``: it prints ``within``, right before that commit.
"""

import signal
import sys
from typing import Any

import pytest

from petition import create_app
from petition.locating import retry
from petition.locating.outcomes import ReviewReason


def main() -> None:
    """Retry once."""
    called = retry._queue_rows
    batches: list[int] = []

    def call(*args: Any) -> int:
        batches.append(called(*args))
        if len(batches) == 2:
            sys.stdout.write("within\n")
            sys.stdout.flush()
            signal.pause()
        return batches[-1]

    with pytest.MonkeyPatch.context() as patch, create_app().app_context():
        patch.setattr(retry, "BATCH", 2)
        patch.setattr(retry, "_queue_rows", call)
        retry.look_all_again(ReviewReason.ADDRESS_NOT_FOUND, "cli")


main()
