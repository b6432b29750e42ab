"""Many refusals at once pause the lane: no letter is marked, and resumed each is sent once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from petition.accounts.staff_accounts import create_staff
from petition.attention.cards import list_cards
from petition.attention.cause_acts import CauseChanged, resume_lane
from petition.attention.stored_causes import refresh_causes
from petition.core.extensions import db
from petition.delivery.letter_kind import LETTERS
from petition.dispatch.attempts import AttemptEnd
from petition.dispatch.claims import claim
from petition.dispatch.lanes import PROBE_EACH
from petition.dispatch.settlement import settle
from petition.models import Cause, RoleName, User
from petition.models.states import OutgoingState
from tests.delivery.conftest import build_ready
from tests.delivery.test_letter_lane import (
    Balking,
    RoughServer,
    count_events,
    count_states,
    enter_with,
    find_offices,
    is_stopped,
    read_recipients,
    work,
)

REFUSALS = 20
NOW = timedelta(0)


def test_twenty_refusals_pause_the_lane_and_resumed_each_letter_is_sent_once(
    enter: Callable[..., Flask], make_later: Callable[[timedelta], None]
) -> None:
    balking = Balking("auth", "535 5.7.8 Error: authentication failed")
    with RoughServer(balking) as server:
        enter_with(enter, server.address)
        create_staff("ada@staff.example", "correct horse battery", [RoleName.ADMIN], actor="test")
        ready = build_ready("email", posts=REFUSALS)
        # Twenty workers have claimed one each before any is refused.
        claimed = [claim(LETTERS, delivery_id) for delivery_id in ready.delivery_ids]
        for one in claimed:
            assert one is not None
            settle(
                LETTERS, one, OutgoingState.RETRY_WAIT, AttemptEnd("535 5.7.8 at auth", Cause.OURS)
            )
        work(ready)

        assert is_stopped() and count_states() == {"retry_wait": REFUSALS}
        assert (count_events("mail_lane.stopped"), count_events("delivery.failed")) == (1, 0)
        refresh_causes(NOW)
        (card,) = list_cards(db.session(), db.session.get_one(User, 1).roles)
        assert card.title == "Letters are paused: the mail server refuses them"
        assert card.count == "20 letters wait"
        assert "it refuses our user or password" in card.detail

        make_later(PROBE_EACH)
        work(ready)  # the probe is refused too, and marks nothing either
        assert count_states() == {"retry_wait": REFUSALS} and not server.kept
        balking.mend()
        assert resume_lane(card.id, "A new password", actor="staff:1") == REFUSALS
        with pytest.raises(CauseChanged):
            resume_lane(card.id, "Pressed twice", actor="staff:1")
        work(ready)
        work(ready)
        refresh_causes(NOW)

    assert count_states() == {"accepted": REFUSALS}
    assert read_recipients(server.kept) == find_offices(ready)
    assert count_events("mail_lane.opened") == 1
    assert list_cards(db.session(), db.session.get_one(User, 1).roles) == []
