"""FAULT 12: a mail domain has one spelling for one owner, and two owners never share one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petition.validation.mail_domains import encode_domain, spell_domain


@pytest.mark.parametrize(
    "spelling",
    [
        "münchen.example",
        "MÜNCHEN.Example",
        "xn--mnchen-3ya.example",
        "XN--MNCHEN-3YA.EXAMPLE",
        "mu\u0308nchen.example",  # in two signs
        "ｍünchen．example",  # noqa: RUF001
        "münchen。example",
        "münchen.example.",
    ],
)
def test_spellings_of_one_domain_are_one(spelling: str) -> None:
    assert spell_domain(spelling) == "münchen.example"


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("straße.example", "strasse.example"),
        ("faß.example", "fass.example"),
        ("σας.example", "σασ.example"),
        ("क्\u200dष.example", "क्ष.example"),  # a joiner
        ("نامه\u200cای.example", "نامهای.example"),  # a non-joiner
        ("münchen.example", "munchen.example"),
        ("paypal.example", "pаypal.example"),  # noqa: RUF001  # a Cyrillic letter
    ],
)
def test_domains_of_two_owners_stay_two(one: str, another: str) -> None:
    assert spell_domain(one) != spell_domain(another)
    assert encode_domain(one) != encode_domain(another)
    assert spell_domain(encode_domain(one)) == spell_domain(one)


@given(st.text(max_size=20) | st.from_regex(r"(xn--)?[a-zß-ͿA-Z0-9.-]{1,20}"))
def test_a_spelling_is_its_own_spelling(domain: str) -> None:
    once = spell_domain(domain)

    assert spell_domain(once) == once


@pytest.mark.parametrize("domain", ["a..example", ".example", "a" * 64 + ".example", "ü..example"])
def test_what_is_no_domain_is_not_encoded(domain: str) -> None:
    with pytest.raises(ValueError, match="."):
        encode_domain(domain)
