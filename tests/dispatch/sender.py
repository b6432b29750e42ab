"""A process that sends one postcard: ``python -m tests.dispatch.sender ID [POINT]``.

- With POINT, ``handover`` or ``answer``, it prints the word and stands still right after the
  handover was committed, or right after the answer to the last dot was read.
"""

import sys

import pytest

from petition import create_app
from petition.dispatch import engine
from petition.dispatch.handover_step import HandoverStep
from tests.dispatch.postcards import POSTCARDS
from tests.dispatch.standstill import stand_still_after


def main(card_id: str, point: str = "") -> None:
    """Send it once."""
    with pytest.MonkeyPatch.context() as patch, create_app().app_context():
        if point == "handover":
            stand_still_after(patch, HandoverStep, "begin", point)
        if point == "answer":
            stand_still_after(patch, engine, "hand_over", point)
        engine.send(POSTCARDS, int(card_id))


if __name__ == "__main__":
    main(*sys.argv[1:])
