"""Which addresses may be asked: none that is private, however it is written."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petition.core.callbacks.address_rules import is_public, may_be_asked

PRIVATE_4 = [
    "0.0.0.0",  # noqa: S104
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
]
PRIVATE_6 = [
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "fec0::1",
]
_V4 = st.ip_addresses(v=4)


@pytest.mark.parametrize("address", [*PRIVATE_4, *PRIVATE_6, "2001:db8::1", "2001::1", "3fff::1"])
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "172.32.0.1", "2606:4700::1111"])
def test_what_is_public_is_allowed(address: str) -> None:
    assert is_public(ip_address(address))


@given(_V4)
def test_no_ipv6_address_stands_for_an_ipv4_address(inner: IPv4Address) -> None:
    number = int(inner)
    for prefix in (0, 0xFFFF << 32, 0x64FF9B << 96, 0x64FF9B0001 << 80):
        assert not is_public(IPv6Address(prefix | number))
    assert not is_public(IPv6Address((0x2002 << 112) | (number << 80)))
    assert not is_public(IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF)))


@given(st.ip_addresses())
def test_nothing_is_allowed_that_python_calls_private(address: IPv4Address | IPv6Address) -> None:
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_reserved
        assert not address.is_loopback
        assert not address.is_link_local


@given(_V4.filter(lambda address: address.is_private))
def test_a_network_allows_what_it_contains_and_nothing_else(address: IPv4Address) -> None:
    networks = (ip_network("127.0.0.0/8"),)

    assert may_be_asked(address, networks) is (address in networks[0] or is_public(address))
    assert not may_be_asked(IPv6Address(f"::ffff:{address}"), networks)
