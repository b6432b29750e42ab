"""The networks that tell where a crowd came from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petition.core.networks import list_networks, read_address


@pytest.mark.parametrize(
    ("address", "networks"),
    [
        ("192.0.2.7", ("192.0.2.0/24",)),
        ("::ffff:192.0.2.7", ("192.0.2.0/24",)),
        ("64:ff9b::c000:207", ("192.0.2.0/24",)),
        ("2002:c000:207:1::1", ("192.0.2.0/24",)),
        ("2001:0:4136:e378:8000:63bf:3fff:fdf8", ("192.0.2.0/24",)),
        ("2001:db8:1:2ab::1", ("2001:db8:1::/48", "2001:db8:1:200::/56")),
        ("2001:db8:1:2ab::1%eth0", ("2001:db8:1::/48", "2001:db8:1:200::/56")),
        ("64:ff9b:1::1", ("64:ff9b:1::/48", "64:ff9b:1::/56")),
        ("", ()),
        (None, ()),
        ("unknown", ()),
        ("192.0.2.7, 192.0.2.8", ()),
        ("1" * 100_000, ()),
    ],
)
def test_an_address_lies_in_networks_that_have_a_name(
    address: str | None, networks: tuple[str, ...]
) -> None:
    assert list_networks(address) == networks


@given(st.ip_addresses(v=4))
def test_every_way_to_write_an_ipv4_address_in_ipv6_is_that_address(address: object) -> None:
    number = int(address)  # type: ignore[call-overload]
    high, low = number >> 16, number & 0xFFFF
    ways = [
        str(address),
        f"::ffff:{address}",
        f"64:ff9b::{address}",
        f"2002:{high:x}:{low:x}::1",
        f"2001:0:4136:e378:8000:63bf:{high ^ 0xFFFF:x}:{low ^ 0xFFFF:x}",
    ]

    assert {read_address(way) for way in ways} == {address}
