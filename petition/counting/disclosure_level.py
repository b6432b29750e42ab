"""Levels: from how many people on a number is told, and that no network alone lifts it there.

docs/invariants.md, rule 7. Who adds signers of their own to a count and sees it appear knows how
many there were before. So a number is told only once both hold:

- It has reached a level of 10 to 19, fixed for each campaign and district and known to nobody.
- Its signers came from several networks: without those of the two networks that most came from, so
  many are left that they reach the level by themselves. Who has two networks at hand (at home and
  on a phone) learns nothing below the level, however many signers they add.
"""

from collections.abc import Iterable

from petition.core.sealing import get_sealer
from petition.models.tally import SMALLEST_COUNT

PURPOSE = "counts.level"
JITTER = 10  # levels there are: SMALLEST_COUNT and the nine above
LEFT_OUT = 2  # networks: those that one person has without looking for more


def find_level(campaign_id: int, scope: int | str) -> int:
    """Return from how many people on a count is told.

    - ``scope``: the id of a district, an area of the map, or "rest" for all districts together
      that do not show their own.
    - The same each time, as long as the hash key is.
    """
    digest = get_sealer().digest(f"{campaign_id}/{scope}", PURPOSE)
    return SMALLEST_COUNT + int.from_bytes(digest[:4]) % JITTER


def is_spread(people: Iterable[int], level: int) -> bool:
    """Return whether people came from several networks; ``people``: how many from each."""
    return sum(sorted(people, reverse=True)[LEFT_OUT:]) >= level
