"""What a screen reader meets: one list of names, whole sections, no empty elements, no margins."""

from dataclasses import replace

import pytest
from pypdf.generic import DictionaryObject

from petition.letters.content import LetterContent, PageSize, RenderPurpose, Signer
from petition.letters.render import render_letter, render_letters
from tests.letters.pdf_ua import list_kids, walk_elements
from tests.letters.samples import make_addressees, make_content, make_signers, open_pdf
from tests.letters.test_pages import make_long

LISTS = """First of all

- one
    - a part of it
- two

and, at some length,

1. a first item

2. a second item

> in the words of another
"""


def read_lists(pdf: bytes) -> list[DictionaryObject]:
    """Every list that is in no other, in the order of reading."""
    root = open_pdf(pdf).trailer["/Root"]["/StructTreeRoot"]
    return [one for one, above in walk_elements(root) if one["/S"] == "/L" != above.get("/S")]


def count_sections(pdf: bytes) -> dict[str, int]:
    """How many elements of a kind are at the top: sections, articles, ..."""
    document = open_pdf(pdf).trailer["/Root"]["/StructTreeRoot"]["/K"][0].get_object()
    kinds = [str(kid["/S"]) for kid in list_kids(document)]
    return {kind: kinds.count(kind) for kind in kinds}


def read_marked(pdf: bytes, names: DictionaryObject) -> list[int]:
    """The first number of marked content of each item, with its page: as they are on paper."""
    reader = open_pdf(pdf)
    found: list[int] = []
    for item in list_kids(names):
        span = list_kids(list_kids(item)[0])[0]
        page = reader.get_page_number(span["/Pg"].get_object())
        found.append(1_000_000 * (page or 0) + int(list_kids(span)[0]))
    return found


@pytest.mark.parametrize(
    ("count", "make", "size"),
    [
        (1, make_signers, PageSize.LETTER),
        (10, make_long, PageSize.LETTER),
        (99, make_signers, PageSize.A4),
        (100, make_long, PageSize.LETTER),
        (113, make_signers, PageSize.LETTER),
        (137, make_long, PageSize.A4),
        (1000, make_signers, PageSize.LETTER),
    ],
)
def test_the_names_are_one_list_in_their_order(count: int, make: object, size: PageSize) -> None:
    signers = make(count)  # type: ignore[operator]
    content = make_content(signers=signers, total=count, page_size=size, body="Please act.")

    pdf = render_letter(content).pdf

    lists = read_lists(pdf)
    assert len(lists) == (2 if count == 1000 else 1)  # the towns of the summary, and the names
    names = lists[-1]
    assert len(list_kids(names)) == count
    assert all(kid["/S"] == "/LI" and kid["/P"].get_object() is names for kid in list_kids(names))
    marked = read_marked(pdf, names)
    assert marked == sorted(set(marked))


@pytest.mark.parametrize("count", [137, 1000])
def test_a_section_over_several_pages_is_one(count: int) -> None:
    content = make_content(
        signers=make_signers(count), total=count, body="\n\n".join(["We ask you. " * 60] * 12)
    )

    letter = render_letter(content)

    assert letter.pages > 5
    sections = 4 if count == 1000 else 3  # the cover, the names or their summary, the words
    assert count_sections(letter.pdf) == {"/Sect": sections, "/NonStruct": 1, "/Art": 1}


def test_each_post_and_a_preview_have_one_list_too() -> None:
    content = make_content(signers=make_signers(137), total=137)
    posts = [replace(content, addressee=addressee) for addressee in make_addressees(7)]

    letters = [*render_letters(posts), render_letter(content, RenderPurpose.PREVIEW)]

    assert [len(list_kids(read_lists(one.pdf)[-1])) for one in letters] == [137] * 8


def test_lists_of_the_campaign_stay_apart_and_keep_their_labels() -> None:
    pdf = render_letter(make_content(body=LISTS)).pdf

    bullets, numbers, names = read_lists(pdf)

    assert [kid["/S"] for kid in list_kids(bullets)] == ["/LI", "/L", "/LI"]
    for item in list_kids(numbers):
        assert [kid["/S"] for kid in list_kids(item)] == ["/Lbl", "/LBody"]
    assert len(list_kids(names)) == 3


@pytest.mark.parametrize("purpose", list(RenderPurpose))
def test_running_heads_and_page_numbers_are_not_read_out(purpose: RenderPurpose) -> None:
    content: LetterContent = make_content(signers=(Signer(1, "Ada", "Lowell"),), total=1)
    reader = open_pdf(render_letter(content, purpose).pdf)

    for page in reader.pages:
        content_stream = page.get_contents()
        assert content_stream is not None
        assert content_stream.get_data().count(b"/Pagination") == (
            2 if page is reader.pages[0] else 3
        )
