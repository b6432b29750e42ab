"""What somebody who writes to Redis would have run: it leaves a mark, however it is called."""

import os
from pathlib import Path

MARK = "HUNDREDTH_TESTS_MARK"


def leave_mark(*_: object, **__: object) -> None:
    """Leave the mark that the environment names."""
    Path(os.environ[MARK]).touch()
