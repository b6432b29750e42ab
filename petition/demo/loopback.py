"""Whether a service can be reached from its own host only."""

import ipaddress
from urllib.parse import urlsplit

from petition.core.settings import Settings

NAMES = ("localhost", "127.0.0.1", "[::1]")


def is_alone(settings: Settings) -> bool:
    """Return whether these settings are of a demonstration that only its own host can reach.

    - Its keys are those that it made for itself, no proxy passes requests on, and both its socket
      and its public address are on loopback.
    """
    public = urlsplit(settings.public_url).hostname or ""
    reachable = not (is_loopback(settings.host) and is_loopback(public)) or settings.proxy_hops
    return settings.demo and not reachable


def is_loopback(host: str) -> bool:
    """Return whether the name or address of a host is that of the host itself."""
    if host in NAMES:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
