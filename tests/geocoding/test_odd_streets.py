"""Boxes, houses and units in rarer spellings, by every ending and case that they come in."""

import pytest

from petition.geocoding import Address
from petition.geocoding.normalization import AddressKind, normalize

BOXES = [
    "{po} Bin {id}",
    "Bin {id}",
    "{po} {id}",
    "{po}# {id}",
    "Apt. Postal {id}",
    "Ap. Postal {id}",
    "Apt Postal {id}",
]
ROUTES = ["HC Route 1 Box {id}", "HC Rt. 1 Box {id}", "RR Route 1 Box {id}", "Ruta 1 Buzon {id}"]
HOUSES = {
    "61-33 Queens Blvd 2FL": "61-33 QUEENS BLVD",
    "61-33 Queens Blvd, 12fl": "61-33 QUEENS BLVD",
    "1 Main St - Apt 2": "1 MAIN ST",
    "1 Main St / Unit B": "1 MAIN ST",
    "1 Main St|Apt 2": "1 MAIN ST",
    "1 Main St | # 4": "1 MAIN ST",
    "1 Main St Sp 12": "1 MAIN ST",
    "1 Main St Depto. 3": "1 MAIN ST",
    "1 Main St Dpto 3": "1 MAIN ST",
    "1 Main St Departamento 3": "1 MAIN ST",
    "1 Main St Int. 3": "1 MAIN ST",
    "1 Main St Interior 3": "1 MAIN ST",
    "No. 1 Main St": "1 MAIN ST",
    "Nr 12 Main St": "12 MAIN ST",
    "Num. 12 Calle Luna": "12 CALLE LUNA",
    "Número 12 Calle Luna": "12 CALLE LUNA",
    "12 - 15 72nd Ave": "12-15 72ND AVE",
    "12- 15 72nd Ave Apt 4B": "12-15 72ND AVE",
}
# What looks like the above and is not.
KEPT = {
    "12 Bin Rd": "12 BIN RD",
    "1 PO Valley Rd": "1 PO VALLEY RD",
    "No 5th St": "NO 5TH ST",
    "1 No 5th St": "1 NO 5TH ST",
    "1234 Int 35": "1234 INT 35",
    "1234 US Int 35": "1234 US INT 35",
    "1234 Fl 12": "1234 FL 12",
    "1 Route 12FL": "1 RTE 12FL",
    "1234 County Road 5 - Apt 3": "1234 COUNTY RD 5",
    "1234 Hwy 7 | Lot 3": "1234 HWY 7",
    "1 N 500 E": "1 N 500 E",
}


@pytest.mark.parametrize("case", [str, str.upper, str.lower])
@pytest.mark.parametrize("pattern", BOXES)
def test_a_box_is_known(pattern: str, case: type[str]) -> None:
    for po in ("PO", "P.O.", "P. O."):
        for number in ("12", "12-A", "7"):
            text = case(pattern.format(po=po, id=number))
            assert normalize(Address(text, "", "", "")).kind is AddressKind.POST_OFFICE_BOX, text


@pytest.mark.parametrize("text", ["General Delvy", "GENERAL DELVERY", "gen. delvy."])
def test_general_delivery_is_known(text: str) -> None:
    assert normalize(Address(text, "", "", "")).kind is AddressKind.POST_OFFICE_BOX


@pytest.mark.parametrize("pattern", ROUTES)
@pytest.mark.parametrize("number", ["12", "12A", "#12"])
def test_a_route_is_known(pattern: str, number: str) -> None:
    found = normalize(Address(pattern.format(id=number), "", "", ""))

    assert found.kind is AddressKind.RURAL_ROUTE


@pytest.mark.parametrize(("typed", "asked"), [*HOUSES.items(), *KEPT.items()])
def test_a_house_is_asked_for_without_its_unit_and_with_its_road(typed: str, asked: str) -> None:
    for text in (typed, typed.upper(), typed.lower()):
        assert normalize(Address(text, "", "", "")).address.street_address == asked


@pytest.mark.parametrize("typed", [*HOUSES, *KEPT])
def test_what_is_asked_for_is_asked_for_again(typed: str) -> None:
    once = normalize(Address(typed, "", "", "")).address

    assert normalize(once).address.street_address == once.street_address
