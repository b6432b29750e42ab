"""Rounding: what is told of a count, so that none held against another tells a small one.

DESIGN 5, rule 7. A campaign with several layers counts the same people in districts that overlap:
25 in one of a senate district's two house districts and 30 in the whole would tell five in the
other. Its counts are all told in tens, rounded down.
"""

from petition.models import Campaign
from petition.models.tally import SMALLEST_COUNT


def rounds_counts(campaign: Campaign) -> bool:
    """Return whether the campaign's counts are rounded: where it has more than one layer."""
    return len(campaign.layers) > 1


def round_down(people: int) -> int:
    """Return the tens in a number, which may be below 0."""
    return people // SMALLEST_COUNT * SMALLEST_COUNT


def tell_count(people: int, rounded: bool) -> int | None:
    """Return what is told of a count; None for fewer than ten."""
    if people < SMALLEST_COUNT:
        return None
    return round_down(people) if rounded else people
