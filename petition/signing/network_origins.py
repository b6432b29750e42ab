"""The origin of a signature: stored for the review of a hundred before its letter is made."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from petition.core.sealing import Sealer, get_sealer

PURPOSE = "signature.network"
# Of the hash of each network: enough to distinguish a hundred, too few to be worth reversing.
NETWORK_BYTES = 8
REMEMBERED = 4_096


@dataclass(frozen=True, slots=True)
class Origin:
    """From where and how one signature was sent; empty or None if not known.

    - ``networks``: the /24 of an IPv4 address, or the /48 and the /56 of an IPv6 one, as text; only
      their keyed hashes are stored, for seven days.
    - ``loaded_form``: whether the form was loaded before it was sent. ``form_at``: when the form
      was made. ``batch``: the name of the import, of a file or by a program.
    - ``signed_at``: the time of a signature that was made elsewhere or is synthetic; None: now.
    """

    networks: tuple[str, ...] = ()
    loaded_form: bool | None = None
    form_at: datetime | None = None
    batch: str | None = None
    signed_at: datetime | None = None


UNKNOWN = Origin()


def hash_networks(networks: tuple[str, ...]) -> bytes | None:
    """Return the keyed hashes of the networks, concatenated; None if there are none."""
    return _hash(get_sealer(), networks) if networks else None


@lru_cache(REMEMBERED)
def _hash(sealer: Sealer, networks: tuple[str, ...]) -> bytes:
    return b"".join(sealer.digest(network, PURPOSE)[:NETWORK_BYTES] for network in networks)
