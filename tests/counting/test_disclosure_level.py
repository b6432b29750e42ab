"""Levels: fixed for a campaign and a district, and reached by no two networks alone."""

from collections import Counter

from flask.ctx import AppContext
from hypothesis import given
from hypothesis import strategies as st

from petition.counting.disclosure_level import LEFT_OUT, find_level, is_spread


def test_a_level_is_ten_to_nineteen_and_the_same_each_time(context: AppContext) -> None:
    levels = [find_level(1, district_id) for district_id in range(2_000)]

    assert levels == [find_level(1, district_id) for district_id in range(2_000)]
    assert levels != [find_level(2, district_id) for district_id in range(2_000)]
    found = Counter(levels)
    assert set(found) == set(range(10, 20))
    assert min(found.values()) > 120  # of 200 on the average


@given(
    others=st.lists(st.integers(1, 5), max_size=9),
    own=st.lists(st.integers(1, 1_000), max_size=LEFT_OUT),
    level=st.integers(10, 19),
)
def test_no_two_networks_lift_a_count_to_its_level(
    others: list[int], own: list[int], level: int
) -> None:
    if is_spread(others + own, level):
        assert sum(others) >= level


@given(st.integers(22, 500), st.integers(10, 19))
def test_people_who_have_a_network_each_are_told_of(people: int, level: int) -> None:
    assert is_spread([1] * people, level)
