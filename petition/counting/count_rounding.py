"""Rounding: round published counts so that no difference of two of them reveals a small count.

docs/invariants.md, rule 7. A campaign with several layers counts the same people in overlapping
districts: 25 in one of a senate district's two house districts and 30 in the whole would reveal 5
in the other. Overlapping districts of one layer have the same problem. All counts of such a
campaign are rounded down to tens.
"""

from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Campaign, District
from petition.models.campaigns.layers import WHOLE
from petition.models.counts.tally import SMALLEST_COUNT


def rounds_counts(campaign: Campaign) -> bool:
    """Return whether the campaign's counts are rounded, because its districts overlap."""
    return len(campaign.layers) > 1 or has_overlays(campaign.layers[0])


def has_overlays(layer: str) -> bool:
    """Return whether a layer has overlay districts in force."""
    if layer in WHOLE:
        return False
    over = select(District.id).where(District.layer == layer, District.overlays, District.in_force)
    return db.session.scalar(over.limit(1)) is not None


def round_down(people: int) -> int:
    """Return the number rounded down to a multiple of ten; it may be below 0."""
    return people // SMALLEST_COUNT * SMALLEST_COUNT
