"""FAULT 12: the spellings of one person's address are one person; other people stay apart."""

import unicodedata

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
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


PLAIN = st.from_regex(r"[A-Za-z0-9_+.-]{1,66}", fullmatch=True)
HOST = st.from_regex(r"[A-Za-z0-9-]{1,64}(\.[A-Za-z0-9-]{1,64}){0,4}\.?", fullmatch=True)


@example("Info@people.example")
@example("a" * 60 + "@" + "xn--mnchen-3ya." * 8 + "de")
@example("a" * 64 + "@" + ("b" * 40 + ".") * 4 + "example")
@given(st.emails() | st.builds("{}@{}".format, PLAIN, HOST) | st.text("a.@ü<>\"' -", max_size=9))
def test_the_short_way_for_plain_addresses_says_what_the_validator_says(typed: str) -> None:
    try:
        found = validate_email(
            unicodedata.normalize("NFKC", typed).strip(),
            check_deliverability=False,
            allow_smtputf8=False,
        ).normalized
    except EmailNotValidError:
        found = None

    assert read_email(typed) == found
