"""Forty crowds before the brake: docs/decisions/abuse.md tells what bench/crowds.py finds."""

from pathlib import Path

from bench.crowds import count_held, make_attacks, make_honest, write_table
from petition.core.brake_limits import read_brake

PAGE = Path(__file__).parents[2] / "docs" / "decisions" / "abuse.md"
LIMITS = read_brake({})


def test_eighteen_of_twenty_attacks_are_held_and_three_honest_crowds() -> None:
    attacks, honest = make_attacks(), make_honest()

    assert (len(attacks), len(honest)) == (20, 20)
    assert count_held(attacks, LIMITS) == 18
    assert count_held(honest, LIMITS) == 3


def test_the_page_about_abuse_tells_of_each_crowd_what_is_so() -> None:
    told = [
        line
        for line in PAGE.read_text("utf-8").splitlines()
        if line.endswith(("not held |", ")) |")) or "| held: " in line
    ]

    assert told == write_table(make_attacks(), LIMITS) + write_table(make_honest(), LIMITS)
