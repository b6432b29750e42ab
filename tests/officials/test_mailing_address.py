"""Addresses as the lines of a window envelope."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petition.mail.headers import make_address
from petition.officials.rosters.mailing_address import clean_email, is_email, split_address


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("81 Main Street;Testville, MA 01000", ("81 Main Street", "Testville, MA 01000")),
        (
            "Room 34, State House 24 Beacon St., Boston, MA 02133",
            ("Room 34, State House 24 Beacon St.", "Boston, MA 02133"),
        ),
        ("P.O. Box 7, Juneau AK 99811-0001", ("P.O. Box 7", "Juneau AK 99811-0001")),
        ("  1 Mill\tLane ;; Testville,  MA 01000; ", ("1 Mill Lane", "Testville, MA 01000")),
        ("State Capitol Room 12", ("State Capitol Room 12",)),
        ("A;B;C;D;E;Testville, MA 01000", ("A", "B", "C, D, E", "Testville, MA 01000")),
    ],
)
def test_an_address_is_split_as_an_envelope_shows_it(text: str, lines: tuple[str, ...]) -> None:
    assert split_address(text) == lines


@pytest.mark.parametrize(
    "text", ["", " ; ", "MA", "Testville, MA", "Testville, MA 01000", "Testville;MA"]
)
def test_an_address_without_a_street_is_none(text: str) -> None:
    assert split_address(text) == ()


LONG = "x" * 65


def test_an_e_mail_address_has_a_domain_and_nothing_around_it() -> None:
    for text in ("clerk@town.example", "o'neil+x@a-b.example", "clerk@peñas.example", "a@b.c1"):
        assert is_email(text)
    for text in ("https://town.example", "clerk@town", "a@b.example, c@d.example", "<a@b.example>"):
        assert not is_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "mailto:clerk@town.example",
        "clerk.@town.example",
        ".clerk@town.example",
        "a..b@town.example",
        "josé@town.example",
        "ada example@town.example",
        "clerk@town.example.",
        "clerk@town..example",
        "clerk@-town.example",
        "clerk@town-.example",
        "clerk@to wn.example",
        "clerk@192.0.2.1",
        "clerk@[192.0.2.1]",
        "clerk@@town.example",
        '"clerk"@town.example',
        "clerk(a)@town.example",
        f"{LONG}@town.example",
        f"clerk@{LONG}.example",
        "clerk@town.example\r\nBcc: x@y.example",
        "@town.example",
        "clerk@",
        "",
    ],
)
def test_what_no_letter_can_be_sent_to_is_no_address(text: str) -> None:
    assert not is_email(text)


@given(
    st.one_of(
        st.text(max_size=40),
        st.from_regex(r"[a-zé.\"' +@-]{1,9}@[a-z0-9é.-]{1,9}(\.example)?", fullmatch=True),
    )
)
def test_whatever_is_an_address_can_be_sent_to(text: str) -> None:
    if is_email(text):
        made = make_address("", text)
        assert made.username == text.rpartition("@")[0] and made.domain.isascii()


@pytest.mark.parametrize(
    "text",
    [
        "clerk@town.example",
        " clerk@town.example ",
        "clerk@town.example.",
        "clerk@town.example;",
        "mailto:clerk@town.example",
        "MAILTO: clerk@town.example?subject=Hello",
        "<clerk@town.example>",
        "The Clerk <clerk@town.example>",
        "<mailto:clerk@town.example>.",
        "\u200bclerk@town.example\ufeff",
        "clerk@town.example\u00a0",
    ],
)
def test_what_surely_does_not_belong_to_an_address_is_taken_off(text: str) -> None:
    assert clean_email(text) == "clerk@town.example"


@pytest.mark.parametrize(
    "text", ["ada example@town.example", "a@b.example, c@d.example", "a..b@town.example", "n/a"]
)
def test_what_could_be_two_things_stays_no_address(text: str) -> None:
    assert not is_email(clean_email(text))
