"""Boxes and routes are told from streets in all their spellings; no geocoder is asked for them."""

from pathlib import Path

import pytest

from petition.geocoding import Address
from petition.geocoding.normalization import BOXES, AddressKind, normalize
from tests.geocoding.chains import make_chain
from tests.geocoding.geoservers import serve

POST_OFFICE = """
P.O.B. 342|POB 342|P O B 342|POB342|P.O. Box 12|PO Box 12|P O Box 12|POBox 12|POBOX12|P.O.Box 12
P. O. Box 12|PO BX 12|P0 Box 12|p/o box 12|P.O. Box #12|PO Box No. 12|P.O. Box A|PO Box 12-A
P-O Box 5|Post Office Box 12|Post Box 342|Postal Box 12|PostBox 9|Post Ofc Box 3|PO Drawer 12
P.O. Drawer D|Post Office Drawer 12|Drawer 12|Drawer D|Lock Box 12|Lockbox 12|Lock Drawer 4
Caller Box 5|Caller 5|Caller Service 12|Firm Caller 12|Box 12|Box #12|Box No. 12|Bx 44|BOX 12A
Box A|Mailbox 12|PMB 12|General Delivery|Gen Delivery|Gen. Del.|Gen Del|Gen'l Delivery
general  delivery, Millville|Entrega General|Apartado 123|Apdo 123|Apdo. 123|Apartado Postal 123
Apartado de Correos 5|Apartado No. 5|Casilla 12|Box 12, Example Station|Campus Box 1234|PO Box
PO Box 12, Millville, MA 02139|PO Box 12 Millville MA 02139|Smith Rd Box 44|PO Box, 12
P.\u200bO. Box 12|P.O.\u00a0Box\u00a012|PO Box \uff11\uff12|PO Box: 12|P.O. Box 12, Apt 4
CR 5 Box 12|POST-OFFICE BOX 12
"""
ROUTES = """
R R 2 Box 15|RR2|RR 2|RR 2 Box 15|R.R. 2, Box 15|R. R. 2|RR#2|RR2Box15|RR-2|Rural Rt 4 Box 7
Rural Route 4|Rural Rte #4|Rural Route|Rural R 4|Rural Delivery 4|Rural Free Delivery 2
RD 1 Box 44|RD 1|R.D. 1|R D 1 Box 44|RD #1, Box 44|RFD|RFD 2|R.F.D. #2|RFD Box 4|R F D 2|12 RFD 3
HC 1|HC 1 Box 3|HC1|HC-1 Box 3|H.C. 1|HC 01 Box 5|HCR 30|HCR 30 Box 5|H.C.R. 30
Highway Contract Route 5 Box 4|Hwy Contract Rt 5|Star Route|Star Rte|Star Rt 2 Box 4
SR 2 Box 5|Rt 9 Box 4|Route 9 Box 4|Rte 1, Box 5A|R 2 Box 15|Box 15, RR 2|Box 7, Rural Route 4
Box 44 RD 1|RR 2 Box 15 Smith Road|RR 2, Millville|HC 1 Box 3, Millville, MA 02139
HC-01 Buz\u00f3n 123|RR 2 Bzn 15|RR 2 Box 15 Lot 3|Rural Rd 4 Box 7|Contract Route 5
"""
FORCES = """
PSC 1 Box 1|CMR 415 Box 2|CMR 415|PSC 802 Box 74, APO AE 09499|Unit 2050 Box 4190|Unit 45013
Box 2, CMR 415|USS Example|12 Main St, APO AE 09012
"""


def split(lines: str) -> list[str]:
    return [typed for line in lines.strip().split("\n") for typed in line.split("|")]


SPELT = [
    *((typed, AddressKind.POST_OFFICE_BOX) for typed in split(POST_OFFICE)),
    *((typed, AddressKind.RURAL_ROUTE) for typed in split(ROUTES)),
    *((typed, AddressKind.MILITARY) for typed in split(FORCES)),
]


def ask(typed: str) -> tuple[AddressKind, str]:
    found = normalize(Address(typed, "", "", ""))
    return found.kind, found.address.street_address


@pytest.mark.parametrize(("typed", "kind"), SPELT)
def test_a_box_is_one_in_each_of_its_spellings(typed: str, kind: AddressKind) -> None:
    for spelt in (typed, typed.upper(), typed.lower(), f" {typed} "):
        assert ask(spelt) == (kind, "")


def test_no_geocoder_is_asked_for_any_of_them(tmp_path: Path) -> None:
    addresses = [Address(typed, "Example", "MA", "02139") for typed, _ in SPELT]
    home = Address("17 Example St", "Example", "MA", "02139")

    with serve("nominatim", {}) as server:
        make_chain(tmp_path, server, PETITION_GEOCODERS="nominatim,zip").locate_many(
            [*addresses, home]
        )

    assert len(SPELT) >= 60
    assert server.asked == ["17 EXAMPLE ST"]


def test_boxes_are_the_kinds_whose_signers_are_asked_where_they_live() -> None:
    assert {kind for _, kind in SPELT} - BOXES == {AddressKind.MILITARY}


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("12 Main St, PO Box 5", "12 MAIN ST"),
        ("PO Box 5, 12 Main St", "12 MAIN ST"),
        ("PO Box 5 12 Main St", "12 MAIN ST"),
        ("12 Main St / P.O.B. 5", "12 MAIN ST"),
        ("12 Main St Box 5", "12 MAIN ST"),
        ("12 Main St PMB 5", "12 MAIN ST"),
        ("12 Main St, RR 2", "12 MAIN ST"),
        ("RR 2 Box 15, 12 Main St", "12 MAIN ST"),
        ("12 Main St RR 2 Box 15", "12 MAIN ST"),
        ("12 Main St, General Delivery", "12 MAIN ST"),
        ("One Example Plaza, PO Box 5", "ONE EXAMPLE PLAZA"),
        ("150 Calle A, Apartado 5", "150 CALLE A"),
        ("1234 County Rd 5 Box 12", "1234 COUNTY RD 5"),
        ("1234 RR 2 Box 15", "1234 RR 2"),
        ("Rt 9 Box 4, 12 Main St", "12 MAIN ST"),
        ("12 Main St Rt 2 Box 15", "12 MAIN ST"),
        ("1234 Rt 9 Box 4", "1234 RT 9"),
        ("Calle 5 #12, Apartado 3", "CALLE 5 12"),
        ("Carr 2 Km 3.4 Buzon 5", "CARR 2 KM 3.4"),
    ],
)
def test_a_box_beside_a_house_goes_alone(typed: str, asked: str) -> None:
    assert ask(typed) == (AddressKind.STREET, asked)


@pytest.mark.parametrize(
    "typed",
    [
        "12 Box Elder Rd",
        "Box Elder Rd",
        "12 Drawer Ln",
        "12 Box R Ranch Rd",
        "12 Boxwood Dr",
        "12 Lockbox Ln",
        "12 Post Box Rd",
        "100 Post Office Rd",
        "5 Star Rd",
        "1 Star Route Rd",
        "1234 Star Rte",
        "100 RD 5",
        "100 Rural Hall Rd",
        "Rural Hall Rd",
        "12 Rural Rd",
        "3400 RR 2222",
        "123 HCR 2127",
        "12 General Dr",
        "12 Gen Delmar Ave",
        "12 Pobst Ln",
        "12 Caller Rd",
        "12 PSC Rd",
    ],
)
def test_a_street_that_only_sounds_like_one_is_a_street(typed: str) -> None:
    assert ask(typed) == (AddressKind.STREET, typed.upper())
