"""FAULT 12: the spellings of one person's address are one person; other people stay apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petition.signing.canonical import canonical_email, read_email


@pytest.mark.parametrize(
    "spelling",
    [
        "ada.lovelace@gmail.com",
        "Ada.Lovelace@GMAIL.com",
        "adalovelace+petitions@gmail.com",
        "a.d.a.lovelace@googlemail.com",
        "ＡＤＡlovelace@gmail.com",
    ],
)
def test_spellings_of_one_address_are_one_person(spelling: str) -> None:
    email = read_email(spelling)

    assert email is not None
    assert canonical_email(email) == "adalovelace@gmail.com"


def test_dots_tell_people_apart_where_the_host_does() -> None:
    assert canonical_email("ada.l@people.example") != canonical_email("adal@people.example")


@pytest.mark.parametrize("typed", ["", "ada", "ada@", "@people.example", "a b@people.example"])
def test_what_is_no_address_is_refused(typed: str) -> None:
    assert read_email(typed) is None


@given(st.emails())
def test_canonical_spelling_is_its_own_canonical_spelling(email: str) -> None:
    once = canonical_email(email)

    assert canonical_email(once) == once
