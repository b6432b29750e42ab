"""The address block, measured on paper: it shows in the window, with the ZIP code."""

import pytest

from petition.letters.content import LetterAddressee, PageSize
from petition.letters.layout.text_measure import count_lines, measure, shorten
from petition.letters.layout.window import WindowLine, fit_window
from petition.letters.render import render_letter
from tests.letters.samples import make_content, open_pdf, read_words
from tests.letters.test_cover import WINDOW_BOTTOM, WINDOW_RIGHT, WINDOW_TOP

LINES = (
    "Middlesex County Administration Building",
    "East Wing",
    "Third Floor",
    "Room 311-B",
    "Mail Stop 44",
    "Attention: Front Desk",
    "40 Thorndike Street",
    "PO Box 1200",
    "Cambridge, MA 02141-1234",
)
LONG_TITLE = (
    "Deputy Commissioner for Libraries, Parks, Recreation and the Preservation of Historic Places, "
    "Middlesex County"
)
TITLES = ("Board of Commissioners", "Board of Commissioners, Middlesex County", LONG_TITLE)
NAMES = (None, "The Honorable Jo Alder", "The Honorable " + "Maximiliana Featherstonehaugh-" * 2)


@pytest.mark.parametrize("count", range(1, 10))
@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("name", NAMES)
def test_every_line_that_is_fitted_shows_and_the_last_is_whole(
    name: str | None, title: str, count: int
) -> None:
    address = [WindowLine(line) for line in LINES[-count:]]

    window = fit_window(WindowLine(name) if name else None, WindowLine(title), address)

    size, most = {"roomy": (10.5, 6), "tight": (9.0, 7)}[window.size]
    assert sum(count_lines(line.text, size, 3.3 * 72) for line in window.lines) <= most
    assert window.lines[-1].text == LINES[-1]
    if count > 1:
        assert LINES[-2] in window.lines[-2].text


def test_the_title_is_shortened_before_a_line_of_the_address_is_lost() -> None:
    address = [WindowLine(line) for line in LINES[-5:]]

    window = fit_window(WindowLine("The Honorable Jo Alder"), WindowLine(LONG_TITLE), address)

    assert [line.text for line in window.lines] == [
        "The Honorable Jo Alder",
        shorten(LONG_TITLE, 9.0, 0.985 * 3.3 * 72),
        *LINES[-5:],
    ]


def test_no_more_lines_of_the_address_are_joined_than_must_be() -> None:
    address = [WindowLine(line) for line in LINES[-7:]]

    window = fit_window(None, WindowLine("Board of Commissioners"), address)

    assert [line.text for line in window.lines] == [
        "Board of Commissioners",
        "Third Floor, Room 311-B",
        *LINES[-5:],
    ]


@pytest.mark.parametrize("count", [5, 6, 7, 8, 9])
@pytest.mark.parametrize("title", TITLES)
def test_on_paper_the_window_shows_the_address_and_nothing_else(title: str, count: int) -> None:
    addressee = LetterAddressee(title, LINES[-count:], "Dear Members", "The Honorable Jo Alder")

    words = read_words(render_letter(make_content(addressee=addressee)).pdf)

    seen = [box for box in words if box[3] > WINDOW_TOP and box[1] < WINDOW_BOTTOM]
    seen = [box for box in seen if box[0] < WINDOW_RIGHT]
    assert " ".join(box[4] for box in seen).startswith("The Honorable Jo Alder")
    assert " ".join(box[4] for box in seen).endswith("Cambridge, MA 02141-1234")
    assert min(box[1] for box in seen) >= WINDOW_TOP
    # On a sheet that rests at the bottom of the envelope.
    assert max(box[3] for box in seen) <= WINDOW_TOP + 1.125
    assert max(box[2] for box in seen) <= 4.375


@pytest.mark.parametrize(
    ("size", "marks"), [(PageSize.LETTER, (792 / 3, 792 * 2 / 3)), (PageSize.A4, (297.6, 595.3))]
)
def test_marks_show_where_to_fold(size: PageSize, marks: tuple[float, float]) -> None:
    page = open_pdf(render_letter(make_content(page_size=size)).pdf).pages[0]
    drawn: list[float] = []

    def note(operator: bytes, operands: list[object], matrix: list[float], _: object) -> None:
        if operator == b"re":
            left, top, width, height = (float(str(one)) for one in operands)
            if left * matrix[0] < 40 and width * matrix[0] < 20 and height * matrix[0] < 1:
                drawn.append(top * abs(matrix[3]))

    page.extract_text(visitor_operand_before=note)

    near = [[mark for mark in marks if abs(mark - one) < 1] for one in drawn]
    assert all(near)
    assert {one[0] for one in near} == set(marks)


def test_text_is_measured_as_wide_as_it_is_on_paper() -> None:
    text = "Massachusetts Commission on Waterways"
    words = read_words(render_letter(make_content(ask="", opening=text)).pdf)
    start = next(box for box in words if box[4] == "Massachusetts")
    end = next(box for box in words if box[4] == "Waterways" and abs(box[1] - start[1]) < 0.05)

    assert measure(text, 11) / 72 == pytest.approx(end[2] - start[0], rel=0.02)
