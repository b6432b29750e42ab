"""Two weeks of nights, in which each kind goes when its time is over, and not a night before.

The nights are at two o'clock of New York, where the clock is set back in the second one from the
end of the first week: that day has 25 hours, and a period is counted in days of 24.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Campaign, RetentionRun
from petition.retention.data_kinds import KINDS
from petition.retention.legal_holds import hold_campaign, release_campaign
from petition.retention.run import erase
from tests.retention.world import ADD, DAYS

NEW_YORK = ZoneInfo("America/New_York")
# By the clock on the wall, so that one of the nights is 25 hours after the one before.
NIGHTS = [datetime(2026, 10, 26, 2, tzinfo=NEW_YORK) + timedelta(days=n) for n in range(15)]
SET_BACK = datetime(2026, 11, 1, 6, tzinfo=UTC)
SECOND = timedelta(seconds=1)
# Each ends in one of the days, and some a second before or after a night.
ENDS = {
    kind.name: NIGHTS[1 + n % 13].astimezone(UTC)
    + (timedelta(hours=-11), -SECOND, SECOND, timedelta(hours=9))[n % 4]
    for n, kind in enumerate(KINDS)
} | {
    # Half past one comes twice in that night, and two o'clock once: both are over then.
    "expired": SET_BACK - timedelta(minutes=30),
    "rejected": SET_BACK + timedelta(minutes=30),
    # 24 hours after the night before, an hour before this one.
    "asks": NIGHTS[5].astimezone(UTC) + timedelta(hours=24),
}


@pytest.fixture
def in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have this process in the time zone of New York, as a host may be."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def add_all(now: datetime) -> None:
    """Add one of each kind, such that its time is over at its end."""
    for name, add in ADD.items():
        add(timedelta(days=DAYS[name]) - (ENDS[name] - now))


def sweep_night() -> set[str]:
    """Return the kinds of which one was erased; no other number is possible."""
    done = erase()
    assert (done.failed, done.late) == ({}, False)
    erased = {name: count for name, count in done.counts.items() if count}
    assert set(erased.values()) <= {1}
    return set(erased)


def find_due(night: datetime, nights: list[datetime]) -> set[str]:
    """Return the kinds whose time is over at a night, and was not at the night before."""
    before = nights[nights.index(night) - 1]
    return {name for name, end in ENDS.items() if before.astimezone(UTC) <= end < night}


def test_one_of_the_days_has_25_hours() -> None:
    lengths = [
        after.astimezone(UTC) - before.astimezone(UTC)
        for before, after in zip(NIGHTS, NIGHTS[1:], strict=False)
    ]

    assert sorted(set(lengths)) == [timedelta(hours=24), timedelta(hours=25)]
    assert all(NIGHTS[0] < end < NIGHTS[-1] for end in ENDS.values())
    assert len({end.astimezone(NEW_YORK).date() for end in ENDS.values()}) > 10


def test_each_kind_goes_in_the_night_after_its_time_is_over(
    limited: Flask, in_new_york: None
) -> None:
    gone: set[str] = set()
    with time_machine.travel(NIGHTS[0], tick=False) as clock:
        add_all(NIGHTS[0].astimezone(UTC))
        assert sweep_night() == set()
        for night in NIGHTS[1:]:
            clock.move_to(night)
            erased = sweep_night()
            assert erased == find_due(night, NIGHTS), night
            assert not erased & gone
            gone |= erased

        assert gone == set(ADD)
        logged = [run.counts for run in db.session.scalars(select(RetentionRun))]
        db.session.rollback()
    assert {name for counts in logged for name in counts} == set(ADD)


def test_a_second_before_its_time_is_over_each_kind_is_still_there(
    limited: Flask, in_new_york: None
) -> None:
    with time_machine.travel(NIGHTS[0], tick=False) as clock:
        add_all(NIGHTS[0].astimezone(UTC))
        for name, end in sorted(ENDS.items(), key=lambda item: item[1]):
            clock.move_to(end - SECOND)
            assert name not in sweep_night()
            clock.move_to(end + SECOND)
            assert name in sweep_night()


def test_a_hold_stops_each_night_and_the_night_after_its_release_removes(
    limited: Flask, in_new_york: None
) -> None:
    with time_machine.travel(NIGHTS[0], tick=False) as clock:
        add_all(NIGHTS[0].astimezone(UTC))
        slugs = list(db.session.scalars(select(Campaign.slug)))
        for slug in slugs:
            hold_campaign(slug, "a lawsuit", actor="staff:1")
        gone: set[str] = set()
        for night in NIGHTS[1:-1]:
            clock.move_to(night)
            gone |= sweep_night()
        assert gone == {"invitations"}  # the only one that is of no campaign

        for slug in slugs:
            release_campaign(slug, actor="staff:1")
        clock.move_to(NIGHTS[-1])
        assert sweep_night() == set(ADD) - {"invitations"}
