"""Reads IP addresses, and names the networks that contain them."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

# Prefixes of IPv6 addresses that contain an IPv4 address: RFC 6052, 2.1, and RFC 4291, 2.5.5.2.
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("::ffff:0:0/96"))
_ADDRESSES_REMEMBERED = 4_000
_LONGEST_TYPED = 64  # characters; the longest address with a zone is shorter


def read_address(text: str | None) -> IPv4Address | IPv6Address | None:
    """Return the address that identifies the client; None if there is none.

    - For an IPv6 address made from an IPv4 address, that one is returned: mapped by a translator or
      a system (``64:ff9b::``, ``::ffff:``), 6to4 (RFC 3056), and the client's of Teredo (RFC 4380).
    """
    try:
        found = ip_address((text or "")[:_LONGEST_TYPED].partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv4Address):
        return found
    if any(found in network for network in _TRANSLATED):
        return IPv4Address(int(found) & 0xFFFF_FFFF)
    return found.sixtofour or (found.teredo[1] if found.teredo else found)


def name_network(address: IPv4Address | IPv6Address, prefix: int) -> str:
    """Return the network of that prefix length that contains the address: ``192.0.2.0/24``."""
    return str(ip_network((address, prefix), strict=False))


@lru_cache(_ADDRESSES_REMEMBERED)
def list_networks(address: str | None) -> tuple[str, ...]:
    """Return the networks of an address by which signatures are grouped, the widest first.

    - The /24 of an IPv4 address; the /48 and the /56 of an IPv6 address; none without an address.
    """
    found = read_address(address)
    if found is None:
        return ()
    prefixes = (24,) if isinstance(found, IPv4Address) else (48, 56)
    return tuple(name_network(found, prefix) for prefix in prefixes)
