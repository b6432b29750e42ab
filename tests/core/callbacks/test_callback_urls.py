"""Which URLs are taken, with generated ones."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from petition.core.callbacks.address_rules import is_public
from petition.core.callbacks.callback_limits import CallbackLimits, read_callbacks
from petition.core.callbacks.callback_urls import (
    LONGEST_URL,
    PORTS,
    CallbackUrl,
    CallbackUrlRefused,
    UrlFault,
    read_callback_url,
)
from petition.core.environment import Environment
from petition.core.errors import ConfigurationError
from tests.core.callbacks.receiver import LOOPBACK

USUAL = CallbackLimits(networks=(), seconds=15)


def read(text: str) -> CallbackUrl:
    return read_callback_url(text, USUAL)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://example.org", "https://example.org/"),
        ("HTTPS://Example.ORG:443/Hooks?a=1", "https://example.org/Hooks?a=1"),
        ("https://example.org:8443/x", "https://example.org:8443/x"),
        ("https://example.org./x", "https://example.org/x"),
        ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
        ("https://1.1.1.1/x", "https://1.1.1.1/x"),
        ("https://[2606:4700::1111]/x", "https://[2606:4700::1111]/x"),
        ("https://example.org?x=1", "https://example.org/?x=1"),
    ],
)
def test_a_good_url_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert str(read(typed)) == kept
    assert str(read(kept)) == kept


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", UrlFault.MALFORMED),
        ("example.org", UrlFault.MALFORMED),
        ("ftp://example.org/", UrlFault.MALFORMED),
        ("https:///x", UrlFault.MALFORMED),
        ("https://user:secret@example.org/", UrlFault.MALFORMED),
        ("https://example.org@10.0.0.1/", UrlFault.MALFORMED),
        ("https://example.org/#x", UrlFault.MALFORMED),
        ("https://example.org/a b", UrlFault.MALFORMED),
        ("https://example.org/\r\nX-Evil: 1", UrlFault.MALFORMED),
        ("https://example.org\\@10.0.0.1/", UrlFault.MALFORMED),
        ("https://example.org:0/", UrlFault.MALFORMED),
        ("https://example.org:99999/", UrlFault.PORT),
        ("https://example.org:22/", UrlFault.PORT),
        ("https://example.org:80/", UrlFault.PORT),
        ("http://example.org/", UrlFault.NOT_HTTPS),
        ("https://localhost/", UrlFault.HOST),
        ("https://127.0.0.1/", UrlFault.HOST),
        ("https://127.1/", UrlFault.HOST),
        ("https://2130706433/", UrlFault.HOST),
        ("https://0x7f000001/", UrlFault.HOST),
        ("https://0177.0.0.1/", UrlFault.HOST),
        ("https://0x7f.0.0.0x1/", UrlFault.HOST),
        ("https://１２７.0.0.1/", UrlFault.HOST),
        ("https://[::1]/", UrlFault.HOST),
        ("https://[::ffff:127.0.0.1]/", UrlFault.HOST),
        ("https://[::ffff:8.8.8.8]/", UrlFault.HOST),
        ("https://[fe80::1%25eth0]/", UrlFault.MALFORMED),
        ("https://169.254.169.254/latest/meta-data", UrlFault.HOST),
        ("https://exa mple.org/", UrlFault.HOST),
        ("https://-example.org/", UrlFault.HOST),
        ("https://a..example.org/", UrlFault.HOST),
        (f"https://example.org/{'a' * LONGEST_URL}", UrlFault.MALFORMED),
    ],
)
def test_what_is_not_called_is_refused(typed: str, fault: UrlFault) -> None:
    with pytest.raises(CallbackUrlRefused) as refused:
        read(typed)
    assert refused.value.fault is fault


HOSTS = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda address: f"[{address}]"),
    st.integers(0, 2**32 - 1).map(str),
    st.integers(0, 2**32 - 1).map(hex),
    st.from_regex(r"\A[a-z0-9.\-]{1,30}\Z"),
    st.text(max_size=20),
)
URLS = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["https", "http", "HTTPS", "gopher", ""]),
    HOSTS,
    st.sampled_from(["", ":443", ":8443", ":22", ":65536", ":", ":00443"]),
    st.one_of(st.just("/x"), st.text(max_size=20)),
)


@given(st.one_of(URLS, st.text(max_size=60)))
@example("https://①②⑦.0.0.1/")
@example("https://ⓛocalhost/")
def test_whatever_is_typed_only_a_public_host_by_https_on_a_known_port_is_taken(typed: str) -> None:
    try:
        url = read(typed)
    except CallbackUrlRefused:
        return

    assert url.scheme == "https"
    assert url.port in PORTS
    assert str(url).isascii() and str(url).isprintable() and " " not in str(url)
    assert "@" not in url.authority
    assert url.address is None or is_public(url.address)
    assert url.address is not None or not url.host.split(".")[-1].isdigit()
    assert str(read(str(url))) == str(url)


def test_an_allowed_network_allows_its_addresses_by_http_on_every_port() -> None:
    assert read_callback_url("http://127.0.0.1:5000/x", LOOPBACK).port == 5000
    assert read_callback_url("http://hooks:5000/x", LOOPBACK).host == "hooks"
    for refused in ("http://127.9.9.9:5000/x", "http://10.0.0.1/x", "http://8.8.8.8/x"):
        with pytest.raises(CallbackUrlRefused):
            read_callback_url(refused, LOOPBACK)


def test_no_network_is_allowed_by_default_and_a_bad_one_stops_the_start() -> None:
    assert read_callbacks(Environment({})).networks == ()
    with pytest.raises(ConfigurationError):
        read_callbacks(Environment({"PETITION_WEBHOOK_NETWORKS": "127.0.0.1/8"}))
