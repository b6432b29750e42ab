"""Back-off: it doubles, it ends, and jitter takes no more than its share."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from petition.dispatch.backoff import Backoff

LETTERS = Backoff(longest=timedelta(hours=6))


def test_the_wait_doubles_and_ends_at_six_hours() -> None:
    def find_ceiling(attempt: int) -> timedelta:
        return max(LETTERS.choose_wait(attempt, 30) for _ in range(400))

    assert timedelta(seconds=20) < find_ceiling(1) <= timedelta(seconds=30)
    assert timedelta(seconds=160) < find_ceiling(4) <= timedelta(seconds=240)
    assert timedelta(hours=5) < find_ceiling(40) <= LETTERS.longest


def test_waits_are_spread_over_the_whole_time() -> None:
    waits = sorted(LETTERS.choose_wait(1, 30) for _ in range(400))

    assert waits[40] < timedelta(seconds=8)
    assert waits[-40] > timedelta(seconds=22)


@given(
    tries=st.integers(0, 10_000),
    base=st.floats(0.01, 3600),
    longest=st.integers(1, 30 * 86_400),
    least=st.floats(0, 1),
)
def test_no_wait_is_under_its_share_or_over_its_limit(
    tries: int, base: float, longest: int, least: float
) -> None:
    backoff = Backoff(timedelta(seconds=longest), least)
    whole = min(base * 2.0 ** min(max(tries - 1, 0), 30), longest)

    wait = backoff.choose_wait(tries, base).total_seconds()

    assert least * whole - 1e-5 <= wait <= whole + 1e-5
