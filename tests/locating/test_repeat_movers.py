"""What a mailbox's history says of where it is now, also where two people share it."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from petition.locating.mailbox_history import CountedBefore, History
from petition.locating.outcomes import ReviewReason
from petition.locating.repeat_movers import judge_move
from tests.cli.runner import run
from tests.security.moving_world import lay_land, sign_all

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def past(
    division: str, days: int, *, left: int | None = None, named: bool = False
) -> CountedBefore:
    """Return a row that was joined, and perhaps left, so many days ago."""
    moment = NOW - timedelta(days=left) if left is not None else None
    return CountedBefore("county", division, NOW - timedelta(days=days), moment, True, named)


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        (History([]), None),
        (History([], beside=[past("a", 9)]), ReviewReason.MAILBOX_ELSEWHERE),
        (History([], beside=[past("a", 9, left=1)]), None),
        (History([], beside=[past("b", 9)]), None),
        (History([], beside=[past("a", 9, named=True)]), ReviewReason.MOVED_AFTER_LETTER),
        (History([past("b", 5)], beside=[past("a", 9, named=True)]), None),
        (History([past("a", 9)]), None),
        (History([past("c", 9, left=8), past("a", 8)]), ReviewReason.MOVED_TWICE),
        (History([past("c", 99, left=91), past("a", 91)]), None),
        (History([past("a", 8)], [past("c", 9, left=8)]), ReviewReason.MOVED_TWICE),
        (History([past("b", 900)], [past("a", 999, left=950, named=True)]), None),
    ],
)
def test_whether_a_mailbox_that_is_in_b_now_has_to_wait(
    history: History, reason: ReviewReason | None
) -> None:
    assert judge_move({"county": {"b"}}, history, NOW) is reason


def test_a_command_lists_those_who_moved_and_lets_one_count(app: Flask) -> None:
    land = lay_land(app, step=2)
    sign_all(land, [1, 2], "one")
    land.move(1, "two")
    land.work()

    listed = run(app, "signatures", "review", "--reason", "moved-after-letter")
    settled = run(app, "signatures", "settle", str(land.ids[1]), "--why", "The clerk told us.")
    land.work()

    assert "moved-after-letter" in listed.output and "District Two" in listed.output
    assert settled.exit_code == 0
    assert land.count() == {"one": 1, "two": 1}
