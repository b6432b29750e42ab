"""ZIP codes as telephones, word processors and other scripts write them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petition.postal.postal_codes import read_postal_code

DASHES = [
    "-",
    *"\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u30fc\u02d7\u2043\u2e3a",
]
UNSEEN = (
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u202d\u2060\u2066\u2069\ufeff\u00ad\u061c\ufe0f"
)
BLANKS = " \u00a0\u2007\u2009\u202f\u3000\t\n"


@pytest.mark.parametrize("dash", DASHES)
@pytest.mark.parametrize("form", ["02139{}4307", "02139 {} 4307", "02139{} 4307"])
def test_any_dash_may_stand_between_the_two_parts(dash: str, form: str) -> None:
    assert read_postal_code(form.format(dash)) == "02139"


@given(st.lists(st.sampled_from(UNSEEN), max_size=9), st.integers(0, 10))
def test_what_prints_nothing_goes_wherever_it_stands(marks: list[str], at: int) -> None:
    typed = "02139\u20134307"

    assert read_postal_code(typed[:at] + "".join(marks) + typed[at:]) == "02139"


@given(st.text(BLANKS, max_size=5), st.text(BLANKS, max_size=5))
def test_blanks_of_any_kind_go_from_the_ends(before: str, behind: str) -> None:
    assert read_postal_code(f"{before}02139{behind}") == "02139"


@pytest.mark.parametrize("zero", [0xFF10, 0x660, 0x966, 0x1D7CE])
def test_digits_of_any_width_and_script_are_digits(zero: int) -> None:
    assert read_postal_code("".join(chr(zero + int(digit)) for digit in "02139")) == "02139"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "2139",
        "02139-",
        "02139-43",
        "02139--4307",
        "K1A 0B1",
        "0²139",
        "\u202e02139",
        "02139 x",
        "0" * 99,
    ],
)
def test_what_is_no_zip_is_none(typed: str) -> None:
    assert read_postal_code(typed) is None


@given(st.text(max_size=60))
def test_whatever_is_typed_is_five_digits_or_none(typed: str) -> None:
    found = read_postal_code(typed)

    digits = "".join(str(unicodedata.decimal(sign, "")) for sign in typed)
    assert found is None or (len(found) == 5 and found.isascii() and digits.startswith(found))
