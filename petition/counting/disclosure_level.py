"""Disclosure levels: the smallest count that is published, which no one network can reach alone.

docs/invariants.md, rule 7. A person who adds signatures to a hidden count until it appears learns
how many there were before. So a count is published only once both hold:

- It has reached a level of 10 to 19, fixed for each campaign and district, and secret.
- Its signers came from several networks: without the two networks with the most signers, the others
  reach the level without them. A person with two networks at hand (at home and on a phone) learns
  nothing below the level, however many signatures they add.
"""

from collections.abc import Iterable

from petition.core.sealing import get_sealer
from petition.models.counts.tally import SMALLEST_COUNT

PURPOSE = "counts.level"
JITTER = 10  # number of levels: SMALLEST_COUNT and the nine above
LEFT_OUT = 2  # networks: as many as one person has without effort


def find_level(campaign_id: int, scope: int | str) -> int:
    """Return the smallest count that is published.

    - ``scope``: the id of a district, an area of the map, or "rest" for all districts together that
      do not show their own count.
    - Deterministic as long as PETITION_HASH_KEY is the same.
    """
    digest = get_sealer().digest(f"{campaign_id}/{scope}", PURPOSE)
    return SMALLEST_COUNT + int.from_bytes(digest[:4]) % JITTER


def is_spread(people: Iterable[int], level: int) -> bool:
    """Return whether signers came from several networks; ``people``: signers by network."""
    return sum(sorted(people, reverse=True)[LEFT_OUT:]) >= level
