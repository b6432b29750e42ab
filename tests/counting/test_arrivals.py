"""When people came: each is in one stretch, and no hundred has too many of them."""

from datetime import UTC, datetime, timedelta

from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from petition.core.extensions import db
from petition.counting.arrivals import LENGTHS, MOST_STRETCHES, count_arrivals, divide
from tests.web.held_world import STEP, make_held

MOMENTS = st.datetimes(
    min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC)
)


@given(st.lists(MOMENTS, min_size=1, max_size=100))
def test_each_moment_is_in_one_stretch(moments: list[datetime]) -> None:
    found = divide(moments)

    assert sum(found.people) == len(moments) and len(found.begins) == len(found.people)
    assert 1 <= len(found.people) <= MOST_STRETCHES
    assert found.people[0] and found.people[-1]
    assert found.begins[0] <= min(moments) and max(moments) < found.begins[-1] + found.length
    steps = {after - before for before, after in zip(found.begins, found.begins[1:], strict=False)}
    assert steps <= {found.length} and found.length in LENGTHS


def test_a_rush_of_two_minutes_is_not_one_bar() -> None:
    begin = datetime(2026, 5, 1, 12, tzinfo=UTC)
    found = divide([begin + timedelta(seconds=second) for second in range(0, 1_200, 12)])

    assert found.length == timedelta(minutes=1) and found.people == [5] * 20


def test_the_members_of_a_hundred_are_counted(app: Flask) -> None:
    held = make_held(app)
    with app.app_context():
        found = count_arrivals(held)
        missing = count_arrivals(held + 1)
        db.session.rollback()

    assert found and sum(found.people) == STEP and missing is None
