"""Whole numbers in addresses and forms."""

import pytest

from petition.validation.whole_numbers import read_whole


@pytest.mark.parametrize(("typed", "number"), [("0", 0), ("07", 7), ("99", 99), ("120", 120)])
def test_digits_are_read_up_to_the_most(typed: str, number: int) -> None:
    assert read_whole(typed, 120) == number


@pytest.mark.parametrize(
    "typed",
    ["", " ", "121", "0001", "9" * 5000, "-1", "+1", " 1", "1.0", "1_0", "0x1", "\u0661", "\u00b2"],
)
def test_anything_else_is_none(typed: str) -> None:
    assert read_whole(typed, 120) is None
