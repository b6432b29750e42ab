"""Rounding: what is told of a count, so that none held against another tells a small one.

docs/invariants.md, rule 7. A campaign with several layers counts the same people in districts that
overlap: 25 in one of a senate district's two house districts and 30 in the whole would tell five
in the other. So do the districts of one layer that lie over each other. Its counts are all told in
tens, rounded down.
"""

from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Campaign, District
from petition.models.layers import WHOLE
from petition.models.tally import SMALLEST_COUNT


def rounds_counts(campaign: Campaign) -> bool:
    """Return whether the campaign's counts are rounded: where the same people are in several."""
    return len(campaign.layers) > 1 or has_overlays(campaign.layers[0])


def has_overlays(layer: str) -> bool:
    """Return whether districts in force of a layer lie over others."""
    if layer in WHOLE:
        return False
    over = select(District.id).where(District.layer == layer, District.overlays, District.in_force)
    return db.session.scalar(over.limit(1)) is not None


def round_down(people: int) -> int:
    """Return the tens in a number, which may be below 0."""
    return people // SMALLEST_COUNT * SMALLEST_COUNT
