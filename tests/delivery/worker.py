"""A delivering process that a test can kill: ``python -m tests.delivery.worker ID PDF [POINT]``.

- With POINT, ``handover`` or ``answer``, it prints the word and stands still right after the
  handover was committed, or right after the answer to the last dot was read.
"""

import sys
from pathlib import Path

import pytest

from petition import create_app
from petition.delivery import send
from petition.dispatch import engine
from petition.dispatch.handover_step import HandoverStep
from tests.dispatch.standstill import stand_still_after


def main(delivery_id: str, pdf: str, point: str = "") -> None:
    """Deliver once."""
    with pytest.MonkeyPatch.context() as patch, create_app().app_context():
        if point == "handover":
            stand_still_after(patch, HandoverStep, "begin", point)
        if point == "answer":
            stand_still_after(patch, engine, "hand_over", point)
        send.deliver(int(delivery_id), lambda sha256: Path(pdf).read_bytes())


main(*sys.argv[1:])
