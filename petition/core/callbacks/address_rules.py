"""Which IP addresses a request to an address of somebody else may go to: public ones alone.

- Lists of our own, by the registries of IANA, so that they do not depend on Python's version.
- Of IPv6 only global unicast (2000::/3): this leaves out mapped and translated IPv4 (``::ffff:``,
  ``64:ff9b::``), loopback, link-local, unique local, multicast and what is not assigned.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_REFUSED_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's metadata, though the address is a public one
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_6 = IPv6Network("2000::/3")
_REFUSED_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo and others that stand for an address of another kind
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address
        "3fff::/20",
    )
)


def is_public(address: Address) -> bool:
    """Return whether an address is one of the public Internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_4)
    if address.scope_id is not None or address not in _GLOBAL_6:
        return False
    return not any(address in network for network in _REFUSED_6)


def may_be_asked(address: Address, allowed: Iterable[Network] = ()) -> bool:
    """Return whether a request may go to an address: a public one, or in an allowed network."""
    return is_public(address) or is_within(address, allowed)


def is_within(address: Address, networks: Iterable[Network]) -> bool:
    """Return whether an address is in one of the networks; one with a zone is in none."""
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return False
    return any(address in network for network in networks)
