"""Invented origins of signatures: networks, and times over some days, as in a town.

A hundred signed within a second from one host without loading the form is held, as it should be
(petition/counting/brake.py). So invented signers have realistic origins; those of ``forge_origins``
look like a bot's.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from petition.signing.network_origins import Origin

# From the ranges for benchmarks (RFC 2544) and documentation (RFC 3849), assigned to nobody.
IPV4 = "198.{second}.{third}.0/24"
IPV6 = ("2001:db8:{third:x}::/48", "2001:db8:{third:x}:{house:x}00::/56")
ROBOTS = "203.0.113.0/24"
# The duration of an attack.
RUSH = timedelta(minutes=4)
LONGEST_FORM = 900  # seconds to fill in the form


def invent_origins(count: int, seed: int, days: float, until: datetime) -> Iterator[Origin]:
    """Yield the origins of ``count`` people in the order in which they signed.

    - Over ``days`` up to ``until``, each from one of some hundreds of networks.
    """
    chance = random.Random(f"origins {seed}")  # noqa: S311  invented people need no secrecy
    ago = sorted((chance.uniform(0, days) for _ in range(count)), reverse=True)
    for moment in (until - timedelta(days=one) for one in ago):
        form_at = moment - timedelta(seconds=chance.uniform(20, LONGEST_FORM))
        yield Origin(_invent_networks(chance), True, form_at, signed_at=moment)


def forge_origins(count: int, until: datetime) -> Iterator[Origin]:
    """Yield the origins of a bot's signatures: one network, no form loaded, evenly spaced."""
    for number in range(count):
        yield Origin((ROBOTS,), False, signed_at=until - RUSH + RUSH * number / count)


def _invent_networks(chance: random.Random) -> tuple[str, ...]:
    third = chance.randrange(256)
    if chance.random() < 0.25:
        house = chance.randrange(1, 16)
        return tuple(network.format(third=third, house=house) for network in IPV6)
    return (IPV4.format(second=chance.choice((18, 19)), third=third),)
