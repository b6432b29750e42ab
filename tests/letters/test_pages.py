"""How many pages a letter has, and how many names are on each, measured in the PDF."""

import re
from datetime import date
from importlib.resources import files
from itertools import pairwise

import pytest

from petition.letters.content import Comment, LetterAddressee, PageSize, Signer
from petition.letters.layout.text_measure import count_lines
from petition.letters.render import render_letter
from tests.letters.samples import make_content, make_signers, read_pages, read_text, read_words

LONG_NAME = "Maximiliana Alexandrina Featherstonehaugh-Cholmondeley Holme"  # 60 letters
LETTER = "\n\n".join(["We ask you to keep the roads of our county open in winter." * 6] * 6)


def make_long(count: int) -> tuple[Signer, ...]:
    return tuple(
        Signer(one.number, f"{LONG_NAME[:-4]}{one.number:04}", one.locality)
        for one in make_signers(count)
    )


def count_names(pdf: bytes) -> list[int]:
    """How many numbered names each page has, from the first page with one to the last."""
    one = r"^\d+\s+(?!residents|more)\S.*"
    found = [len(re.findall(one, page, re.MULTILINE)) for page in read_pages(pdf, "-raw")[1:]]
    while found and not found[0]:
        found.pop(0)
    while found and not found[-1]:
        found.pop()
    return found


@pytest.mark.parametrize("size", list(PageSize))
@pytest.mark.parametrize("make", [make_signers, make_long])
def test_ten_names_take_two_pages(size: PageSize, make: object) -> None:
    signers = make(10)  # type: ignore[operator]

    letter = render_letter(make_content(signers=signers, total=10, page_size=size))

    assert letter.pages == 2
    assert "10 residents of Middlesex County, in the order they signed" in read_text(letter.pdf)


def test_ten_names_after_a_full_page_of_text_take_two_pages_too() -> None:
    letter = render_letter(make_content(signers=make_signers(10), total=10, body=LETTER))

    assert letter.pages == 2


@pytest.mark.parametrize("language", ["en", "es"])
def test_ten_long_names_after_the_demonstrations_letter_take_two_pages(language: str) -> None:
    body = (files("petition.demo") / "letter.md").read_text("utf-8")

    letter = render_letter(
        make_content(signers=make_long(10), total=10, body=body, language=language)
    )

    assert letter.pages == 2


@pytest.mark.parametrize("size", list(PageSize))
@pytest.mark.parametrize("count", [99, 100])
def test_a_hundred_names_are_on_one_page(count: int, size: PageSize) -> None:
    signers = (*make_long(4), *make_signers(count - 4, start=5))

    pdf = render_letter(make_content(signers=signers, total=count, page_size=size)).pdf

    assert count_names(pdf) == [count]


@pytest.mark.parametrize("make", [make_signers, make_long])
@pytest.mark.parametrize("count", [11, 61, 101, 103, 110, 113, 121, 137, 209, 249])
def test_no_page_of_a_longer_list_holds_fewer_than_ten_names(count: int, make: object) -> None:
    signers = make(count)  # type: ignore[operator]

    pdf = render_letter(make_content(signers=signers, total=count)).pdf

    found = count_names(pdf)
    assert sum(found) == count
    assert min(found) >= 10
    assert all(f" {signer.number} " in f" {read_text(pdf)} " for signer in signers)


def test_a_comment_stays_on_the_page_of_a_hundred_names() -> None:
    content = make_content(signers=make_signers(100), total=100)

    assert render_letter(content).pages == 3


@pytest.mark.parametrize(("make", "most"), [(make_signers, 12), (make_long, 24)])
def test_a_thousand_names_are_a_summary_and_an_appendix(make: object, most: int) -> None:
    signers = make(1000)  # type: ignore[operator]
    comments = tuple(Comment("Ada", "Lowell", f"Comment {n} on it.") for n in range(20))
    content = make_content(signers=signers, total=1000, comments=comments, unprinted=31)

    letter = render_letter(content)

    text = read_text(letter.pdf)
    assert "1,000 residents of Middlesex County, named in the appendix" in text
    assert "The appendix lists their names in the order they signed." in text
    assert "Cambridge (200)" in text.partition("Where they live")[2]
    assert text.index("In their own words") < text.index("Appendix: names of the signers")
    assert min(count_names(letter.pdf)) >= 10
    assert sum(count_names(letter.pdf)) == 1000
    assert letter.pages <= most


def test_pages_after_the_first_say_to_whom_when_and_which() -> None:
    first, *others = read_pages(render_letter(make_content(signers=make_signers(100))).pdf)

    assert "Page 1 of 3" in first
    for number, page in enumerate(others, 2):
        head = " ".join(page.split())[:80]
        assert head.startswith("Board of Commissioners")
        assert f"November 21, 2026 · Page {number} of 3" in " ".join(page.split())


@pytest.mark.parametrize("size", list(PageSize))
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_running_head_is_one_line_whatever_it_says(language: str, size: PageSize) -> None:
    addressee = LetterAddressee(
        "Deputy Commissioner for Libraries, Parks and the Preservation of Historic Places",
        ("40 Example Square", "Cambridge, MA 02141"),
        "Dear Members",
    )
    content = make_content(
        signers=make_signers(2000),
        total=2000,
        dated=date(2026, 9, 30),
        language=language,
        addressee=addressee,
        page_size=size,
    )

    letter = render_letter(content)

    assert letter.pages > 10
    for page in (2, letter.pages):
        head = [box for box in read_words(letter.pdf, page) if box[1] < 0.85]
        assert len({round(box[1], 1) for box in head}) == 1
        assert "…" in " ".join(box[4] for box in head)
        assert head[-1][4] == str(letter.pages)
        gaps = [after[0] - before[2] for before, after in pairwise(head)]
        assert min(gaps) > 0


def test_lines_are_counted_as_they_break() -> None:
    assert count_lines("one", 9.5, 200) == 1
    assert count_lines("x" * 200, 9.5, 200) >= 5
    assert count_lines("王" * 41, 10, 200) == 3
