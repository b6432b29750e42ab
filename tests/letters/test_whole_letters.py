"""Whole letters as an office gets them: the window, the pages, and no word over another."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from operator import itemgetter

import pytest

from petition.letters.content import (
    Comment,
    LetterAddressee,
    LetterContact,
    LetterContent,
    PageSize,
    Signer,
)
from petition.letters.render import RenderedLetter, render_letters
from petition.letters.signer_markup import rank_towns
from tests.letters.pdf_ua import list_kids
from tests.letters.samples import make_content, make_signers, read_pages, read_words
from tests.letters.test_cover import WINDOW_BOTTOM, WINDOW_RIGHT, WINDOW_TOP
from tests.letters.test_pages import make_long
from tests.letters.test_structure import read_lists
from tests.letters.test_window import LINES

Word = tuple[float, float, float, float, str]
SPANISH = """Les pedimos que adopten este año una norma que

1. prohíba comprar o usar la vigilancia facial, y

2. someta primero a una audiencia pública cualquier otra herramienta de ese tipo.
"""
ANOTHER = LetterAddressee("Mayor of Lowell", ("1 A Street", "Lowell, MA 01850"), "Dear Mayor")
ASK = {"en": "Please adopt a rule this year.", "es": "Aprueben este año una norma."}
# Names, whether they have 60 letters, the language, lines of the address, posts, and the pages.
CASES = [
    (10, False, "en", 5, 1, 2),
    (10, True, "es", 9, 7, 2),
    (99, False, "es", 6, 2, 3),
    (99, True, "en", 8, 1, 4),
    (100, False, "en", 7, 7, 3),
    (100, True, "es", 5, 3, 4),
    (137, False, "es", 8, 4, 4),
    (137, True, "en", 9, 5, 5),
    (1000, False, "en", 6, 2, 8),
    (1000, True, "es", 7, 1, 19),
]


def make_letter(count: int, long: bool, language: str, lines: int, post: int) -> LetterContent:
    """The content of a letter to one post, whose address has so many lines."""
    signers = make_long(count) if long else make_signers(count)
    titles = {"en": "County Commissioner", "es": "Junta de Comisionados"}
    content = make_content(
        signers=signers,
        total=count,
        language=language,
        ask=ASK[language],
        deadline=date(2026, 12, 15),
        contact=LetterContact("Ruth Alder", "617-555-0134"),
        comments=(Comment(signers[0].name, "Lowell", "Please hold a hearing first."),),
        addressee=LetterAddressee(
            f"{titles[language]}, Seat {post}", LINES[-lines:], "Hello", f"Jo Alder-{post}"
        ),
    )
    return replace(content, body=SPANISH) if language == "es" else content


@pytest.mark.parametrize(("count", "long", "language", "lines", "posts", "pages"), CASES)
def test_a_letter_shows_its_address_takes_its_pages_and_spills_nowhere(
    count: int, long: bool, language: str, lines: int, posts: int, pages: int
) -> None:
    contents = [make_letter(count, long, language, lines, post + 1) for post in range(posts)]

    letters: Sequence[RenderedLetter] = render_letters(contents)

    assert len({letter.sha256 for letter in letters}) == posts
    for post, letter in enumerate(letters, 1):
        assert letter.pages == pages
        check_window(read_words(letter.pdf), f"Jo Alder-{post}", lines)
    assert len(list_kids(read_lists(letters[-1].pdf)[-1])) == count
    for number in range(1, pages + 1):
        check_page(read_words(letters[-1].pdf, number))
    assert all("{" not in page for page in read_pages(letters[-1].pdf))


def check_window(words: Sequence[Word], first: str, lines: int) -> None:
    """Fail unless the window shows the whole block, with the street, box and city on their own.

    - Of nine lines under a name and a title, the street is joined to the line above.
    """
    shown = [word for word in words if word[3] > WINDOW_TOP and word[1] < WINDOW_BOTTOM]
    shown = [word for word in shown if word[0] < WINDOW_RIGHT]
    text = " ".join(word[4] for word in shown)
    assert text.startswith(first)
    assert text.endswith(" ".join(LINES[-3:]))
    assert all(line in text for line in LINES[-lines:])
    for line in LINES[-2 if lines > 8 else -3 :]:
        start = next(word for word in shown if word[4] == line.split()[0])
        assert start[0] == pytest.approx(1.0, abs=0.02)
    assert max(word[3] for word in shown) <= WINDOW_TOP + 1.125


def check_page(words: Sequence[Word]) -> None:
    """Fail if a word is outside the paper's margins, or lies on another."""
    assert min(word[0] for word in words) >= 0.99
    assert max(word[2] for word in words) <= 7.52
    assert max(word[3] for word in words) <= 10.6
    # Boxes are as high as a line: those of lines that follow one another may touch.
    ordered = sorted(words, key=itemgetter(1))
    for index, one in enumerate(ordered):
        for other in ordered[index + 1 :]:
            tall = min(one[3] - one[1], other[3] - other[1])
            if other[1] > one[3] - 0.4 * tall:
                break
            assert min(one[2], other[2]) - max(one[0], other[0]) <= 0.01, (one, other)


def test_a_letter_on_a4_spills_nowhere_either() -> None:
    content = replace(make_letter(137, True, "es", 9, 1), page_size=PageSize.A4)

    (letter,) = render_letters([content])

    for number in range(1, letter.pages + 1):
        words = read_words(letter.pdf, number)
        assert max(word[2] for word in words) <= 8.27 - 0.98
        assert max(word[3] for word in words) <= 11.69 - 0.4


def test_a_title_and_an_ask_at_their_limits_are_cut_after_a_word() -> None:
    title = ("We ask the county to keep cameras out of every library " * 6)[:300].strip()
    ask = ("Please adopt a rule this year that keeps cameras out of libraries and " * 4)[:240]
    content = make_content(campaign_title=title, ask=ask.strip(), signers=make_signers(100))

    (letter,) = render_letters([content])

    pages = [" ".join(page.split()) for page in read_pages(letter.pdf)]
    assert ask.strip() in pages[0]
    assert "cameras out of…" in pages[0] or "every library We ask the…" in pages[0]
    assert title in pages[1]
    for number in (1, 2):
        check_page(read_words(letter.pdf, number))


@pytest.mark.parametrize("paragraphs", [25, 26, 27])  # whose closing has no room on their page
def test_no_page_begins_with_the_closing(paragraphs: int) -> None:
    body = "\n\n".join(["We ask you to keep our roads open in winter."] * paragraphs)

    (letter,) = render_letters([make_content(body=body, signers=make_signers(100))])

    _, _, end, names = (" ".join(page.split()) for page in read_pages(letter.pdf))
    assert "winter. With thanks for your service, " in end
    assert "Signed by" in names


def test_few_names_after_a_long_cover_do_not_take_a_page_of_their_own() -> None:
    opening = "\n\n".join(["We have a great deal to say. " * 12] * 9)
    body = "\n\n".join(["We ask you to keep the roads of our county open in winter." * 6] * 6)
    content = make_content(opening=opening, body=body, signers=make_signers(10), total=10)

    letters = render_letters([content, replace(content, addressee=ANOTHER)])

    assert [letter.pages for letter in letters] == [3, 3]


def test_towns_of_as_many_are_in_the_order_of_the_alphabet() -> None:
    towns = ("Zoar", "Ávila", "boston", "Çelik", "Avon")
    signers = [Signer(number, "A B", town) for number, town in enumerate(towns, 1)]

    assert [town for town, _ in rank_towns(signers)] == ["Ávila", "Avon", "boston", "Çelik", "Zoar"]
