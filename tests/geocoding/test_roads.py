"""The number behind a road's kind is the road's, and what is asked of the geocoder holds it."""

from itertools import cycle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petition.geocoding import Address
from petition.geocoding.normalization import AddressKind, normalize
from tests.geocoding.chains import make_chain
from tests.geocoding.geoservers import serve

KINDS = """
County Rd|County Road|Co Rd|Co. Rd.|Cnty Rd|Cty Rd|Cty Hwy|County Hwy|County Trunk Hwy|CR|C.R.|CTH
Ranch Rd|Ranch Road|RR|RM|Ranch to Market Rd|FM|F.M.|Farm to Market Rd|Farm Rd|St Rd|State Rd
State Hwy|State Highway|State Route|State Rte|St. Rte.|SR|S.R.|SH|US Hwy|US Highway|U.S. Hwy
US Route|Hwy|Highway|Hwy.|Route|Rte|Rte.|Rt|Interstate|I|Township Rd|Township Road|Twp Rd|Twp. Rd.
TR|BIA Rd|BIA Road|BIA Route|Indian Rte|Indian Route|Indian Service Route|Navajo Route|Navajo Rte
Tribal Rd|Calle|Avenida|Avenue|Carr|Carretera|Camino|Forest Rd|Forest Service Rd|FS Rd|NF|NFR
Fire Rd|Fire Lane|Spur|Loop|State Loop|Park Rd|Private Rd|Private Drive|Pvt Rd|Parish Rd|Old Hwy
Old US Hwy|Old State Rd|Business Hwy|Bypass|Secondary Rd|Town Rd|Rd|Road|N County Rd|South US Hwy
County Lane|HCR|Texas Hwy|KY Hwy|IL Rte|NYS Route|M|Lease Rd|Oil Field Rd|Service Rd|Access Rd
"""
NUMBERS = ("5", "620", "1431 W", "A", "BB", "12 N", "2A", "07", "9 South", "5 1/2", "101")
UNITS = (
    "",
    " Apt 2",
    ", Apt. 2B",
    " #4",
    " # 4",
    " Unit 12",
    " Ste 100",
    " Lot 7",
    " Fl 2",
    " Trlr 9",
)
kinds = [kind for line in KINDS.split("\n") for kind in line.split("|") if kind]
DIRECTIONS = {"SOUTH": "S"}


def fit(text: str) -> str:
    """Return a street as this test compares it."""
    return " ".join(DIRECTIONS.get(word, word) for word in text.upper().split())


def ask(street: str) -> tuple[AddressKind, str]:
    found = normalize(Address(street, "Example", "TX", ""))
    return found.kind, found.address.street_address


def spell_all() -> list[tuple[str, str]]:
    """Return 246 and more spellings, each with the number that must be asked for."""
    units, numbers = cycle(UNITS), cycle(NUMBERS)
    spelt = []
    for kind in kinds:
        for _ in range(3):
            number = next(numbers)
            spelt.append((f"1234 {kind} {number}{next(units)}", number))
    return spelt


def test_a_geocoder_is_asked_for_246_spellings_with_the_roads_number(tmp_path: Path) -> None:
    spelt = spell_all()
    addresses = [Address(street, "Example", "TX", "") for street, _ in spelt]

    with serve("census", {}) as server:
        make_chain(tmp_path, server).locate_many(addresses)

    asked = {fit(street) for street in server.asked}
    assert len(spelt) >= 246
    for street, number in spelt:
        found = fit(ask(street)[1])
        assert found in asked, street
        assert found.startswith("1234 "), street
        assert found.endswith(f" {fit(number)}"), street


@given(st.sampled_from(kinds), st.sampled_from(NUMBERS), st.sampled_from(UNITS))
def test_a_unit_behind_a_numbered_road_goes_alone(kind: str, number: str, unit: str) -> None:
    found, asked = ask(f"1234 {kind} {number}{unit}")

    assert found == AddressKind.STREET
    assert fit(asked).endswith(f" {fit(number)}")


@given(st.integers(1, 9999), st.sampled_from(kinds), st.text("0123456789", min_size=1, max_size=5))
def test_no_digit_of_a_road_is_lost(house: int, kind: str, number: str) -> None:
    assert ask(f"{house} {kind} {number}")[1].split()[-1] == number


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("1234 CR-5", "1234 CR-5"),
        ("1234 US-1 Apt 2", "1234 US-1"),
        ("1234 FM620", "1234 FM620"),
        ("1234 County Rd #5", "1234 COUNTY RD 5"),
        ("1234 Hwy No. 9 Apt 2", "1234 HWY NO 9"),
        ("1234 RM 620 Rm 5", "1234 RM 620"),
        ("Unit 5, 1234 County Rd 7", "1234 COUNTY RD 7"),
        ("1234 County Rd 12345", "1234 COUNTY RD 12345"),
        ("1234 County Rd 5, Millville, TX 78701", "1234 COUNTY RD 5"),
        ("N1234 Cty Rd A", "N1234 CTY RD A"),
        ("1234 E 500 S Apt 5", "1234 E 500 S"),
        ("1234 Hwy A1A", "1234 HWY A1A"),
        ("B12 Calle 5", "B12 CALLE 5"),
        ("100 Avenue D 5", "100 AVE D 5"),
        ("12 Smith Rd 5", "12 SMITH RD 5"),
    ],
)
def test_a_numbered_road_is_asked_for_as_it_was_typed(typed: str, asked: str) -> None:
    assert ask(typed) == (AddressKind.STREET, asked)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("12 Elm St 4B", "12 ELM ST"),
        ("12 Park Ave #5", "12 PARK AVE"),
        ("12 Virginia Ave 5", "12 VIRGINIA AVE"),
        ("12 State St # 5", "12 STATE ST"),
        ("12 Lake Rd #5", "12 LAKE RD"),
        ("12 Lincoln Hwy Apt 5", "12 LINCOLN HWY"),
        ("12 Elm St 2nd Floor", "12 ELM ST"),
        ("12 Elm St, 3rd Fl, Rear", "12 ELM ST"),
        ("12 Elm St (rear)", "12 ELM ST"),
        ("12 Elm St Bldg 2 Fl 3 Apt 4", "12 ELM ST"),
        ("12 Broadway Fl 3", "12 BROADWAY"),
        ("1 Pier 39", "1 PIER 39"),
        ("100 Key W", "100 KEY W"),
        ("12 Suite Rd", "12 SUITE RD"),
        ("5 Space Center Blvd", "5 SPACE CENTER BLVD"),
        ("\uff11\uff12 Elm St", "12 ELM ST"),
        ("12\u00bd Elm St", "12 1/2 ELM ST"),
        ("12 N.Elm St.", "12 N ELM ST"),
    ],
)
def test_a_flat_of_a_street_with_a_name_goes_and_a_word_of_its_name_stays(
    typed: str, asked: str
) -> None:
    assert ask(typed) == (AddressKind.STREET, asked)


@given(st.text(max_size=500))
def test_nothing_that_can_be_typed_stops_it(typed: str) -> None:
    kind, asked = ask(typed)

    assert bool(asked) == (kind == AddressKind.STREET)
    assert len(asked) <= 100


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "part", ["PO ", "Box 1 ", "1 ", "RR ", "# ", ", ", "A.", "Apt 1 ", "RR2 Box2 "]
)
def test_long_lines_take_no_long_time(part: str) -> None:
    for typed in (part * 2_000, (part * 400)[:400]):
        kind, asked = ask(typed)

        assert bool(asked) == (kind == AddressKind.STREET)
