"""A process that sends one delivery: ``python -m tests.partners.webhooks.hook_sender ID``.

- It prints ``handover`` and stands still right after the hand-over was committed.
"""

import sys

import pytest

from petition import create_app
from petition.dispatch import engine
from petition.dispatch.handover_step import HandoverStep
from petition.partners.webhooks.webhook_kind import WEBHOOKS
from tests.dispatch.standstill import stand_still_after

if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch, create_app().app_context():
        stand_still_after(patch, HandoverStep, "begin", "handover")
        engine.send(WEBHOOKS, int(sys.argv[1]))
