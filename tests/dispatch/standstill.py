"""Have a process stand still at a point, so that a test can kill it there."""

import signal
import sys
from collections.abc import Callable
from typing import Any

import pytest


def stand_still_after(patch: pytest.MonkeyPatch, owner: object, name: str, point: str) -> None:
    """Print the point's name after a step, and go no further."""
    step: Callable[..., Any] = getattr(owner, name)

    def stepped(*args: Any, **kwargs: Any) -> None:
        step(*args, **kwargs)
        sys.stdout.write(f"{point}\n")
        sys.stdout.flush()
        signal.pause()

    patch.setattr(owner, name, stepped)
