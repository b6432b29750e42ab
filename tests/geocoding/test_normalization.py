"""What signers type becomes what geocoders are asked for, and nothing of it is refused or lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petition.geocoding import Address
from petition.geocoding.normalization import AddressKind, normalize


def spell(street: str, region: str = "MA") -> tuple[AddressKind, str]:
    found = normalize(Address(street, "Cambridge", region, "02139"))
    return found.kind, found.address.street_address


@pytest.mark.parametrize(
    "typed",
    [
        "17 Example St",
        "  17  example street ",
        "17 Example St. #4B",
        "17 Example Street, Apt 4",
        "Apt 4, 17 Example St",
        "17 Example St Floor 3",
        "17 Example St Apt",
        "17 Example St, PO Box 4",
        "17 Example St\x00 \u202e",
    ],
)
def test_one_building_is_asked_for_in_one_way(typed: str) -> None:
    assert spell(typed) == (AddressKind.STREET, "17 EXAMPLE ST")


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("One Example Plaza", "ONE EXAMPLE PLAZA"),
        ("Corner of Main and Elm", "CORNER OF MAIN AND ELM"),
        ("五番 17", "五番 17"),
        ("Carr 2 Km 3.4 Bo Example", "CARR 2 KM 3.4 BO EXAMPLE"),
        ("17 1/2 Example St", "17 1/2 EXAMPLE ST"),
        ("17 Box St", "17 BOX ST"),
        ("100 Post Office Sq", "100 POST OFFICE SQ"),
        ("3400 RR 2222", "3400 RR 2222"),
        ("17 Unit St", "17 UNIT ST"),
    ],
)
def test_what_the_parser_does_not_know_goes_out_as_it_was_typed(typed: str, asked: str) -> None:
    assert spell(typed) == (AddressKind.STREET, asked)


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("", AddressKind.POSTAL),
        ("  ", AddressKind.POSTAL),
        ("123", AddressKind.POSTAL),
        ("Example " * 40, AddressKind.POSTAL),
        ("PO Box 123", AddressKind.POST_OFFICE_BOX),
        ("P. O. Box 12", AddressKind.POST_OFFICE_BOX),
        ("Post Office Box 12", AddressKind.POST_OFFICE_BOX),
        ("Box 44", AddressKind.POST_OFFICE_BOX),
        ("General Delivery", AddressKind.POST_OFFICE_BOX),
        ("RR 2 Box 15", AddressKind.RURAL_ROUTE),
        ("HC 1, Box 3", AddressKind.RURAL_ROUTE),
        ("Rural Route 4", AddressKind.RURAL_ROUTE),
        ("Rt 9 Box 4", AddressKind.RURAL_ROUTE),
        ("PSC 1 Box 1", AddressKind.MILITARY),
        ("CMR 415 Box 2", AddressKind.MILITARY),
        ("Unit 2050 Box 4190", AddressKind.MILITARY),
    ],
)
def test_what_does_not_say_where_somebody_lives_has_no_street(
    typed: str, kind: AddressKind
) -> None:
    assert spell(typed) == (kind, "")


@pytest.mark.parametrize(
    "address",
    [
        Address("1 Example St", "Cambridge", "AE", ""),
        Address("1 Example St", "apo", "", ""),
        Address("1 Example St", "Cambridge", "", "09001"),
    ],
)
def test_a_military_place_is_known_by_state_place_or_zip(address: Address) -> None:
    assert normalize(address).kind == AddressKind.MILITARY


def test_the_zip_is_cut_to_five_digits_and_an_odd_one_is_kept() -> None:
    assert normalize(Address("", "", "", "02139-4307")).address.postal_code == "02139"
    assert normalize(Address("", "", "", "2139")).address.postal_code == "2139"


@given(st.text(max_size=300), st.text(max_size=40), st.text(max_size=5), st.text(max_size=12))
def test_nothing_that_can_be_typed_is_refused(
    street: str, locality: str, region: str, postal_code: str
) -> None:
    found = normalize(Address(street, locality, region, postal_code))

    assert bool(found.address.street_address) == (found.kind == AddressKind.STREET)
