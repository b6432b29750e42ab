"""The cover: what an office must find on it, and where an envelope's window finds the address."""

from petition.letters.content import LetterAddressee, LetterBill, PageSize
from petition.letters.render import render_letter
from tests.letters.samples import make_content, make_signers, read_pages, read_text, read_words

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
    address = [box for box in words if 2.2 < box[1] < WINDOW_BOTTOM and box[0] < WINDOW_RIGHT]

    # The lowest point of the window on a sheet that rests at the bottom of the envelope.
    assert max(box[3] for box in address) <= WINDOW_TOP + 1.125
    assert min(box[1] for box in address) >= WINDOW_TOP + 0.125
    assert min(box[0] for box in address) >= 0.875 + 0.12
    assert max(box[2] for box in address) <= 4.375


def test_a4_keeps_the_address_where_a_dl_window_is() -> None:
    words = read_words(render_letter(make_content(page_size=PageSize.A4)).pdf)
    top = min(box[1] for box in words if box[4] == "Board")

    assert 45 <= top * 25.4 <= 80  # mm, the address field of DIN 5008


def test_it_says_how_many_people_from_where_and_since_when() -> None:
    content = make_content(signers=make_signers(100, start=201), total=300)

    cover = " ".join(read_pages(render_letter(content).pdf)[0].split())

    assert "November 21, 2026" in cover
    assert (
        "Since March 4, 2026, the open letter that begins on the next page has been signed by 300 "
        "people who live in Middlesex County, Massachusetts. After it come the names of the 100 "
        "who have joined since we last wrote to you."
    ) in cover
    assert "live in Cambridge, Lowell, Medford, Newton and Somerville." in cover
    assert "Dear Members:" in cover


def test_the_first_letter_of_a_district_says_so_in_its_own_words() -> None:
    cover = " ".join(read_pages(render_letter(make_content()).pdf)[0].split())

    assert "has been signed by 3 people who live in Middlesex County, Massachusetts." in cover
    assert "so far" not in cover


def test_a_campaigns_opening_stands_in_place_of_our_sentence() -> None:
    content = make_content(opening="{{ count }} neighbors in {{ district.place }} write to you.")

    cover = read_text(render_letter(content).pdf)

    assert "3 neighbors in Middlesex County, Massachusetts write to you." in cover
    assert "has been signed by" not in cover


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
    assert "No signer is named there. 7K3M-Q2XD" in cover
