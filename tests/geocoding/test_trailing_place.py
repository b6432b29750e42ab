"""A town, state and ZIP behind the street are taken off it, and nothing of the street is."""

import pytest

from petition.geocoding import Address
from petition.geocoding.trailing_place import split_place


def part(street: str, locality: str = "", region: str = "", code: str = "") -> tuple[str, ...]:
    found = split_place(Address(street, locality, region, code))
    return found.street_address, found.locality, found.region, found.postal_code


@pytest.mark.parametrize(
    ("typed", "parted"),
    [
        ("12 Main St, Millville, MA 02139", ("12 MAIN ST", "MILLVILLE", "MA", "02139")),
        ("12 Main St, Millville MA 02139-4307", ("12 MAIN ST", "MILLVILLE", "MA", "02139")),
        ("12 Main St Cambridge MA 02139", ("12 MAIN ST", "CAMBRIDGE", "MA", "02139")),
        ("12 Main St, Millville, Massachusetts", ("12 MAIN ST", "MILLVILLE", "MA", "")),
        ("12 Main St, Millville, W. Va., USA", ("12 MAIN ST", "MILLVILLE", "WV", "")),
        ("12 Main St, Millville MA", ("12 MAIN ST", "MILLVILLE", "MA", "")),
        ("12 Main St, Apt 4, Miami FL 33101", ("12 MAIN ST, APT 4", "MIAMI", "FL", "33101")),
        ("12 Main St, 02139", ("12 MAIN ST", "", "", "02139")),
        ("12 Main St, USA", ("12 MAIN ST", "", "", "")),
        ("1234 County Rd 12345", ("1234 COUNTY RD 12345", "", "", "")),
        ("1234 Hwy 12", ("1234 HWY 12", "", "", "")),
        ("12 Main St, Fl 3", ("12 MAIN ST, FL 3", "", "", "")),
        ("12 Virginia Ave", ("12 VIRGINIA AVE", "", "", "")),
        ("12 Ave of Maine", ("12 AVE OF MAINE", "", "", "")),
        ("", ("", "", "", "")),
    ],
)
def test_what_stands_behind_goes_to_its_field(typed: str, parted: tuple[str, ...]) -> None:
    assert part(typed) == parted


def test_what_was_written_in_the_fields_stays() -> None:
    assert part("12 Main St, Millville, NH 03579", "Errol", "NH", "03579") == (
        "12 MAIN ST",
        "Errol",
        "NH",
        "03579",
    )
    assert part("12 Main St Errol", "Errol", "NH", "03579")[0] == "12 MAIN ST"


def test_a_street_that_ends_like_its_town_is_whole() -> None:
    assert part("12 West Hyde Park", "Park", "IL")[0] == "12 WEST HYDE PARK"
    assert part("12 Old Elm Avenue", "Avenue", "MD")[0] == "12 OLD ELM AVENUE"
