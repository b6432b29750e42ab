"""The reason that a person types for an act."""

from typing import Any

import pytest

from petition.audit.reasons import LONGEST_WHY, read_reason
from petition.core.errors import InvalidInput, Problem
from petition.signers.staff_requests.request_problems import RequestProblem

MISSING, LONG = RequestProblem.WHY_MISSING, RequestProblem.WHY_LONG


def test_a_reason_is_one_line_without_control_characters() -> None:
    assert read_reason(" asked\r\nby\x00phone ", MISSING, LONG) == "asked by phone"


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        (" \n\x00", Problem(MISSING)),
        ("x" * (LONGEST_WHY + 1), Problem(LONG, {"most": LONGEST_WHY})),
    ],
)
def test_none_and_a_long_one_are_refused_under_the_name_of_the_field(
    typed: str, problem: Problem
) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_reason(typed, MISSING, LONG, field="because")

    assert caught.value.problems == {"because": problem}


@pytest.mark.parametrize(
    ("typed", "limits", "read"),
    [
        ("  ", {}, ""),
        ("x" * (LONGEST_WHY + 1), {}, "x" * LONGEST_WHY),
        ("phoned", {"most": 3}, "pho"),
    ],
)
def test_without_the_problems_it_may_be_empty_and_is_cut(
    typed: str, limits: dict[str, Any], read: str
) -> None:
    assert read_reason(typed, None, None, **limits) == read
