"""Totals over time: what is counted, of which campaign, how often, and from what one row."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import (
    Attempt,
    Campaign,
    Delivery,
    DeliveryState,
    Heartbeat,
    Milestone,
    Signature,
)
from petition.totals.district_totals import iterate_districts, list_largest
from petition.totals.kept_totals import MARK, SHARE, read_totals, renew_totals_kept
from petition.totals.total_counts import UNPLACED, find_percentile, find_week
from tests.factories import make_campaign, make_signature
from tests.web.staff_world import make_delivery, set_state

NOW = utcnow()
MONDAY = datetime(NOW.year, NOW.month, NOW.day, 12, tzinfo=UTC) - timedelta(days=NOW.weekday() + 7)


def sign(campaign_id: int, at: datetime, precision: str | None = None, **more: object) -> None:
    with transaction() as session:
        campaign = session.get_one(Campaign, campaign_id)
        number = make_signature(session, campaign, **more).id
        session.flush()
        session.execute(
            update(Signature)
            .where(Signature.id == number)
            .values(created_at=at, precision=precision)
        )


def make_two() -> tuple[int, int]:
    with transaction() as session:
        return make_campaign(session).id, make_campaign(session, slug="other").id


def hand_over(app: Flask, seconds: float, **changes: object) -> int:
    """Hand a letter over so long after its hundred, on the Monday; return its campaign's id."""
    with time_machine.travel(MONDAY):
        delivery_id = make_delivery(app, **changes)
    with app.app_context(), transaction() as session:
        delivery = session.get_one(Delivery, delivery_id)
        milestone = session.get_one(Milestone, delivery.milestone_id)
        session.execute(
            update(Attempt)
            .where(Attempt.delivery_id == delivery_id)
            .values(ended_at=milestone.reached_at + timedelta(seconds=seconds))
        )
        return milestone.campaign_id


def test_signatures_are_counted_by_day_and_precision_and_campaign(app: Flask) -> None:
    late = MONDAY.replace(hour=23, minute=59, second=59)
    with app.app_context():
        first, second = make_two()
        sign(first, late, "rooftop")
        sign(first, MONDAY, "postal")
        sign(second, MONDAY + timedelta(days=1))
        sign(second, MONDAY - timedelta(days=500), "street")
        sign(first, MONDAY, state="withdrawn", ended_at=utcnow())
        assert read_totals().counted_at is None

        assert renew_totals_kept()

        day, next_day = (
            (MONDAY + timedelta(days=number)).date().isoformat() for number in range(2)
        )
        mine, others, both = read_totals(first), read_totals(second), read_totals()
        assert mine.totals.days == [(day, 2)] and others.totals.days == [(next_day, 1)]
        assert both.totals.days == [(day, 2), (next_day, 1)]
        assert mine.totals.precisions == {"rooftop": 1, "postal": 1}
        assert both.totals.precisions == {"rooftop": 1, "postal": 1, "street": 1, UNPLACED: 1}
        assert both.counted_at is not None
        assert read_totals(99).totals.days == []


def test_the_time_to_the_handover_has_a_median_for_each_week(app: Flask) -> None:
    campaign_id = hand_over(app, 42)
    hand_over(app, 2 * 3600 + 5, slug="other")

    with app.app_context():
        renew_totals_kept()
        mine, both = read_totals(campaign_id).totals.weeks, read_totals().totals.weeks

    week = MONDAY.date().isoformat()
    assert mine == [(week, 1, 42, 42)]
    assert both == [(week, 2, 42, 7200)]


def test_a_letter_that_came_back_is_counted_in_its_week(app: Flask) -> None:
    delivery_id = make_delivery(app, send=False)
    set_state(app, delivery_id, DeliveryState.ACCEPTED, "")
    with app.app_context():
        with transaction() as session:
            session.execute(update(Delivery).values(state=DeliveryState.BOUNCED, settled_at=MONDAY))
        renew_totals_kept()

        assert read_totals().totals.returned == [(MONDAY.date().isoformat(), 1)]


def test_counting_is_done_once_a_minute_and_rests_as_long_as_it_takes(app: Flask) -> None:
    with app.app_context():
        now = utcnow()
        assert renew_totals_kept(now)
        assert not renew_totals_kept(now + timedelta(seconds=59))
        assert renew_totals_kept(now + timedelta(seconds=61))
        with transaction() as session:
            row = session.get_one(Heartbeat, MARK)
            row.detail = row.detail | {"seconds": 10.0}
        assert not renew_totals_kept(now + timedelta(seconds=61 + 10 * SHARE - 1))
        assert renew_totals_kept(now + timedelta(seconds=61 + 10 * SHARE + 1))


def test_a_page_reads_one_row(app: Flask) -> None:
    with app.app_context():
        make_two()
        renew_totals_kept()
        statements: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

        read_totals()

        assert len([one for one in statements if one.startswith("SELECT")]) == 1
        assert "heartbeats" in " ".join(statements)


def test_districts_are_listed_from_the_tallies(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("petition.totals.district_totals.BATCH", 1)
    campaign_id = hand_over(app, 1)
    hand_over(app, 1, slug="other")

    with app.app_context():
        every = list(iterate_districts(None))
        mine = list(iterate_districts(campaign_id))
        largest = list_largest(campaign_id, 5)

        assert len(every) == 2 and mine == largest
        assert (mine[0].live, mine[0].hundreds) == (2, 1)
        assert len(list_largest(None, 1)) == 1


@pytest.mark.parametrize(
    ("lengths", "percent", "expected"),
    [
        ({}, 50, 0),
        ({10: 1}, 95, 10),
        ({10: 1, 20: 1}, 50, 10),
        ({10: 1, 20: 2}, 50, 20),
        ({10: 94, 20: 6}, 95, 20),
        ({10: 95, 20: 5}, 95, 10),
    ],
)
def test_a_percentile_is_a_length_that_there_is(
    lengths: dict[int, int], percent: int, expected: int
) -> None:
    assert find_percentile(lengths, percent) == expected


def test_a_week_is_named_by_its_monday() -> None:
    assert [find_week(day) for day in ("2026-11-29", "2026-11-30", "2027-01-01")] == [
        "2026-11-23",
        "2026-11-30",
        "2026-12-28",
    ]
