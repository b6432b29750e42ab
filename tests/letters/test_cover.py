"""The cover: what an office must find on it, and where an envelope's window finds the address."""

from datetime import date
from io import BytesIO

import pytest
from PIL import Image

from petition.letters.content import (
    EarlierLetter,
    LetterAddressee,
    LetterBill,
    LetterContact,
    LetterOrganization,
    Mark,
    PageSize,
)
from petition.letters.render import render_letter
from tests.letters.samples import (
    make_content,
    make_signers,
    open_pdf,
    read_pages,
    read_text,
    read_words,
)

# A #10 envelope (9.5 x 4.125 in) has its window 0.875 in from the left and 0.5 in from the bottom,
# 4.5 x 1.125 in. A sheet folded in three (11 / 3 in high) may lie 0.458 in higher or lower in it.
WINDOW_TOP, WINDOW_BOTTOM = 4.125 - 1.625 - (4.125 - 11 / 3), 4.125 - 0.5
WINDOW_RIGHT = 0.875 + 4.5

LONG_ADDRESS = LetterAddressee(
    "State Senator, First Suffolk and Middlesex",
    ("State House, Room 511-B", "24 Beacon Street", "Boston, MA 02133"),
    "Dear Senator Alder",
    "The Honorable Jo Alder",
)


def test_nothing_but_the_address_can_show_in_the_window_of_an_envelope() -> None:
    content = make_content(addressee=LONG_ADDRESS)
    expected = " ".join((LONG_ADDRESS.name or "", LONG_ADDRESS.post, *LONG_ADDRESS.address))

    words = read_words(render_letter(content).pdf)
    seen = [
        word
        for left, top, _, bottom, word in words
        if bottom > WINDOW_TOP and top < WINDOW_BOTTOM and left < WINDOW_RIGHT
    ]

    assert " ".join(seen) == expected


def test_an_address_of_five_lines_stays_inside_the_window_of_a_sheet_at_the_bottom() -> None:
    words = read_words(render_letter(make_content(addressee=LONG_ADDRESS)).pdf)
    address = [
        box for box in words if WINDOW_TOP < box[1] < WINDOW_BOTTOM and box[0] < WINDOW_RIGHT
    ]

    # The lowest point of the window on a sheet that rests at the bottom of the envelope.
    assert max(box[3] for box in address) <= WINDOW_TOP + 1.125
    assert min(box[1] for box in address) >= WINDOW_TOP + 0.04
    assert min(box[0] for box in address) >= 0.875 + 0.12
    assert max(box[2] for box in address) <= 4.375


def test_a4_keeps_the_address_where_a_dl_window_is() -> None:
    words = read_words(render_letter(make_content(page_size=PageSize.A4)).pdf)
    top = min(box[1] for box in words if box[4] == "Board")

    assert 45 <= top * 25.4 <= 80  # mm, the address field of DIN 5008


def test_it_leads_with_the_ask_and_says_who_and_how_many() -> None:
    content = make_content(
        signers=make_signers(100, start=201),
        total=300,
        ask="Please adopt a rule this year.",
        deadline=date(2027, 3, 1),
        contact=LetterContact("Jo Rivera", "(617) 555-0100"),
        earlier=(EarlierLetter(date(2026, 8, 1), "ABCD-EFGH"),),
    )

    cover = " ".join(read_pages(render_letter(content).pdf)[0].split())

    assert "November 21, 2026" in cover
    assert (
        "Re: 300 residents of Middlesex County ask you: Keep face surveillance out of our county "
        "Dear Members: Please adopt a rule this year. Please act by March 1, 2027. "
        "300 residents of Middlesex County, Massachusetts, have signed the open letter on the next "
        "page. It is followed by the names of the 100 who have signed since our last letter."
    ) in cover
    assert "Towns Cambridge (20), Lowell (20), Medford (20), Newton (20), Somerville (20)" in cover
    assert "Earlier letters August 1, 2026 (ABCD-EFGH)" in cover
    assert "Contact Jo Rivera, (617) 555-0100" in cover
    assert "Replies hi@door.example" in cover
    assert "first signature" not in cover


@pytest.mark.parametrize(
    ("position", "subject"),
    [
        ("support", "3 residents of Middlesex County ask you to support H. 1234"),
        ("oppose", "3 residents of Middlesex County ask you to oppose H. 1234"),
    ],
)
def test_the_subject_says_what_is_asked_of_the_bill(position: str, subject: str) -> None:
    content = make_content(
        ask="Please vote.", position=position, bill=LetterBill("H. 1234", "An Act on cameras")
    )

    cover = " ".join(read_pages(render_letter(content).pdf)[0].split())

    assert f"Re: {subject} H. 1234, An Act on cameras Dear Members:" in cover


def test_a_deadline_that_is_over_is_left_out() -> None:
    content = make_content(ask="Please act.", deadline=date(2026, 11, 20))

    assert "act by" not in read_text(render_letter(content).pdf)


def test_the_first_letter_of_a_district_names_everybody() -> None:
    cover = " ".join(read_pages(render_letter(make_content()).pdf)[0].split())

    assert "3 residents of Middlesex County, Massachusetts, have signed the open letter" in cover
    assert "so far" not in cover
    assert "Earlier letters" not in cover


def test_a_letter_ends_once_with_those_who_sign_it() -> None:
    text = read_text(render_letter(make_content(signers=make_signers(100), total=100)).pdf)

    end = "100 residents of Middlesex County, named below Organized by Open Door Neighbors"
    assert f"With thanks for your service, {end}" in text
    assert "Respectfully" not in text
    assert "Respectfully, 3 residents" in read_text(render_letter(make_content(closing="")).pdf)


def test_the_organizations_logo_is_in_the_letterhead() -> None:
    picture = BytesIO()
    Image.new("RGB", (300, 100), "black").save(picture, "PNG")
    mark = Mark(picture.getvalue(), "image/png")
    organization = LetterOrganization("Open Door Neighbors", mark=mark)

    with_logo = render_letter(make_content(organization=organization)).pdf

    assert len(open_pdf(with_logo).pages[0].images) == 1
    assert not open_pdf(render_letter(make_content()).pdf).pages[0].images


def test_a_campaigns_opening_stands_in_place_of_our_sentence() -> None:
    content = make_content(opening="{{ count }} neighbors in {{ district.place }} write to you.")

    cover = read_text(render_letter(content).pdf)

    assert "3 neighbors in Middlesex County, Massachusetts write to you." in cover
    assert "have signed the open letter" not in cover


def test_the_subject_names_the_bill_and_the_topic() -> None:
    content = make_content(
        bill=LetterBill("H. 1234", "An Act on face surveillance"),
        topic="Cameras in {{ district.name }}",
    )

    cover = " ".join(read_pages(render_letter(content).pdf)[0].split())

    assert "Re: H. 1234, An Act on face surveillance Cameras in Middlesex County" in cover


def test_the_code_and_the_page_that_confirms_it_stand_beside_the_qr_code() -> None:
    cover = " ".join(read_pages(render_letter(make_content()).pdf)[0].split())

    assert "open petition.example/letters/7K3M-Q2XD to see" in cover
    assert "Signers are not named there. 7K3M-Q2XD" in cover
