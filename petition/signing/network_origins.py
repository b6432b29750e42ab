"""Where a signature came from: kept for whoever looks at a hundred before its letter is made."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from petition.core.sealing import Sealer, get_sealer

PURPOSE = "signature.network"
# Of each network: enough to tell a hundred apart, too few to be worth turning back.
NETWORK_BYTES = 8
REMEMBERED = 4_096


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of where and how one signature was sent; everything else is not known.

    - ``networks``: the /24 of an IPv4 address, or the /48 and the /56 of an IPv6 one, as text; only
      their keyed hashes are stored, for seven days.
    - ``loaded_form``: whether the form was loaded before it was sent, ``form_at``: when it was
      made. ``batch``: what it came with from a file or a program.
    - ``signed_at``: when, for what was signed elsewhere or is invented; None: now.
    """

    networks: tuple[str, ...] = ()
    loaded_form: bool | None = None
    form_at: datetime | None = None
    batch: str | None = None
    signed_at: datetime | None = None


UNKNOWN = Origin()


def hash_networks(networks: tuple[str, ...]) -> bytes | None:
    """Return the keyed hashes of the networks, one after the other; None for none."""
    return _hash(get_sealer(), networks) if networks else None


@lru_cache(REMEMBERED)
def _hash(sealer: Sealer, networks: tuple[str, ...]) -> bytes:
    return b"".join(sealer.digest(network, PURPOSE)[:NETWORK_BYTES] for network in networks)
