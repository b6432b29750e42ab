"""Reads the URL of a webhook, and refuses every one that need not be called."""

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address, ip_address

import idna

from petition.core.callbacks.address_rules import Address, is_within, may_be_asked
from petition.core.callbacks.callback_limits import CallbackLimits

LONGEST_URL = 500  # characters
PORTS = (443, 8443)
USUAL_PORTS = {"https": 443, "http": 80}
_URL = re.compile(r"(https?)://([^/?#]+)(/[^?#]*)?(\?[^#]*)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:@]+)(?::([1-9][0-9]{0,4}))?")
# RFC 3986: what a path and a query consist of; everything else is sent percent-encoded.
_SENDABLE = re.compile(r"[A-Za-z0-9\-._~:/?@!$&'()*+,;=%]*")
# The last label of a name is no number: "127.1" and "0x7f.1" are addresses to a resolver.
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")


class UrlFault(StrEnum):
    """Why a URL is refused."""

    MALFORMED = "malformed"
    NOT_HTTPS = "not-https"
    PORT = "port"
    HOST = "host"


class CallbackUrlRefused(Exception):
    """A URL is not called; ``fault`` says why."""

    def __init__(self, fault: UrlFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class CallbackUrl:
    """A URL in parts: ``host`` in lower case and ASCII, without brackets; ``target``: the rest.

    - ``address``: the host, if it is an IP address.
    """

    scheme: str
    host: str
    port: int
    target: str
    address: Address | None

    @property
    def authority(self) -> str:
        """The value of the header ``Host``."""
        host = f"[{self.host}]" if isinstance(self.address, IPv6Address) else self.host
        return host if self.port == USUAL_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def read_callback_url(text: str, limits: CallbackLimits) -> CallbackUrl:
    """Return a URL in parts; raises CallbackUrlRefused.

    - https, port 443 or 8443, a name of two labels or more or a public address, without user name,
      password and fragment. Where networks are allowed: http, other ports and short names as well;
      what a name stands for is checked as it is called.
    """
    whole = _URL.fullmatch(text) if len(text) <= LONGEST_URL else None
    parts = _AUTHORITY.fullmatch(whole[2]) if whole else None
    if whole is None or parts is None:
        raise CallbackUrlRefused(UrlFault.MALFORMED)
    scheme, target = whole[1].lower(), f"{whole[3] or '/'}{whole[4] or ''}"
    if not _SENDABLE.fullmatch(target):
        raise CallbackUrlRefused(UrlFault.MALFORMED)
    if scheme != "https" and not limits.networks:
        raise CallbackUrlRefused(UrlFault.NOT_HTTPS)
    port = int(parts[2]) if parts[2] else USUAL_PORTS[scheme]
    if port > 0xFFFF or (port not in PORTS and not limits.networks):
        raise CallbackUrlRefused(UrlFault.PORT)
    host, address = _read_host(parts[1], limits)
    if scheme != "https" and address is not None and not is_within(address, limits.networks):
        raise CallbackUrlRefused(UrlFault.NOT_HTTPS)
    url = CallbackUrl(scheme, host, port, target, address)
    if len(str(url)) > LONGEST_URL:  # a name in ASCII can be longer than it was typed
        raise CallbackUrlRefused(UrlFault.MALFORMED)
    return url


def _read_host(typed: str, limits: CallbackLimits) -> tuple[str, Address | None]:
    bare = typed.strip("[]")
    try:
        address = ip_address(bare)
    except ValueError:
        return _read_name(typed, limits), None
    if typed.startswith("[") != isinstance(address, IPv6Address):
        raise CallbackUrlRefused(UrlFault.MALFORMED)
    if not may_be_asked(address, limits.networks):
        raise CallbackUrlRefused(UrlFault.HOST)
    return str(address), address


def _read_name(typed: str, limits: CallbackLimits) -> str:
    try:
        name = idna.encode(typed.removesuffix("."), uts46=True, std3_rules=True).decode().lower()
    except (idna.IDNAError, UnicodeError):
        raise CallbackUrlRefused(UrlFault.HOST) from None
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]) or (len(labels) < 2 and not limits.networks):
        raise CallbackUrlRefused(UrlFault.HOST)
    return name
