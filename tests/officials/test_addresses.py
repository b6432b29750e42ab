"""Addresses as the lines of a window envelope."""

import pytest

from petition.officials.addresses import is_email, split_address


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


def test_an_e_mail_address_has_a_domain_and_nothing_around_it() -> None:
    assert is_email("clerk@town.example")
    for text in ("https://town.example", "clerk@town", "a@b.example, c@d.example", "<a@b.example>"):
        assert not is_email(text)
