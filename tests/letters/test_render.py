"""Rendering: the same bytes everywhere, one layout for many posts, tagged and rightly numbered."""

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from petition.letters.content import (
    LetterContent,
    LetterOrganization,
    Mark,
    PageSize,
    RenderPurpose,
)
from petition.letters.layout.weasyprint_engine import LetterNotRendered
from petition.letters.render import RenderedLetter, render_letter, render_letters
from tests.letters.samples import (
    count_tags,
    list_fonts,
    make_addressees,
    make_content,
    make_signers,
    open_pdf,
    read_names,
    read_pages,
    read_text,
    walk_structure,
)

ROOT = Path(__file__).parents[2]
PRINT_HASHES = """
from petition.letters.content import Signer
from tests.letters.samples import make_addressees, make_content, make_signers
from petition.letters.render import render_letters
from dataclasses import replace
names = ("王小明", "محمد الأحمد", "יוסף כהן", "अनिल शर्मा", "สมชาย ใจดี", "Ольга", "ნინო")
others = tuple(Signer(101 + n, name, "Lowell") for n, name in enumerate(names))
content = make_content(signers=make_signers(100) + others, total=107)
letters = render_letters([replace(content, addressee=a) for a in make_addressees(2)])
print(*[letter.sha256 for letter in letters])
"""


@pytest.fixture(scope="module")
def contents() -> list[LetterContent]:
    """The letters of one milestone to three posts: the names 101 to 200 of Middlesex County."""
    content = make_content(signers=make_signers(100, start=101), total=200)
    return [replace(content, addressee=addressee) for addressee in make_addressees(3)]


@pytest.fixture(scope="module")
def letters(contents: list[LetterContent]) -> Sequence[RenderedLetter]:
    return render_letters(contents)


def test_it_gives_the_same_bytes_in_any_process_time_zone_and_hash_seed(tmp_path: Path) -> None:
    hashes = {
        run_script(PRINT_HASHES, tmp_path, PYTHONHASHSEED=seed, TZ=zone, LC_ALL=locale)
        for seed, zone, locale in (("1", "Asia/Tokyo", "C"), ("2", "America/Adak", "C.UTF-8"))
    }

    assert len(hashes) == 1
    assert len(set(hashes.pop().split())) == 2


def test_a_joined_letter_is_byte_for_byte_what_it_would_be_alone(
    contents: list[LetterContent], letters: Sequence[RenderedLetter]
) -> None:
    for content, letter in zip(contents, letters, strict=True):
        assert render_letter(content).sha256 == letter.sha256
    assert len({letter.sha256 for letter in letters}) == 3


def test_each_letter_holds_exactly_its_hundred_names_in_order(
    contents: list[LetterContent], letters: Sequence[RenderedLetter]
) -> None:
    expected = [
        f"{signer.number} {signer.name}, {signer.locality}" for signer in contents[0].signers
    ]

    for letter in letters:
        assert read_names(letter.pdf) == expected


def test_each_page_says_its_number_the_total_and_how_to_check_the_letter(
    letters: Sequence[RenderedLetter],
) -> None:
    for letter in letters:
        pages = read_pages(letter.pdf)
        assert len(pages) == letter.pages
        for number, page in enumerate(pages, 1):
            assert f"Page {number} of {letter.pages}" in page
            assert "Letter 7K3M-Q2XD, confirmed at petition.example/letters/7K3M-Q2XD" in page


def test_each_cover_is_addressed_to_its_own_post_and_to_no_other(
    contents: list[LetterContent], letters: Sequence[RenderedLetter]
) -> None:
    for content, letter in zip(contents, letters, strict=True):
        text = read_text(letter.pdf)
        for other in contents:
            assert (other.addressee.name in text) == (other is content)


def test_joining_keeps_every_tag_of_the_structure(
    contents: list[LetterContent], letters: Sequence[RenderedLetter]
) -> None:
    whole = count_tags(render_letter(contents[2]).pdf)

    joined = count_tags(letters[2].pdf)

    assert joined == whole
    assert joined["/LI"] >= 100
    assert joined["/H1"] == 1
    assert joined["/P"] > 20


def test_a_letter_meets_the_formal_rules_of_pdf_ua(letters: Sequence[RenderedLetter]) -> None:
    for letter in letters:
        root = open_pdf(letter.pdf).trailer["/Root"]
        metadata = root["/Metadata"].get_data()
        assert b'pdfuaid:part="1"' in metadata or b"part>1<" in metadata
        assert root["/MarkInfo"]["/Marked"]
        assert root["/Lang"] == "en"
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]
        numbers = root["/StructTreeRoot"]["/ParentTree"]["/Nums"]
        for index, page in enumerate(open_pdf(letter.pdf).pages):
            assert page["/StructParents"] == index
            assert index in numbers[::2]
        figures = [e for e in walk_structure(letter.pdf) if e["/S"] == "/Figure"]
        assert figures
        assert all("petition.example/letters" in figure["/Alt"] for figure in figures)


def test_a_letter_has_title_author_dates_and_bookmarks(letters: Sequence[RenderedLetter]) -> None:
    reader = open_pdf(letters[1].pdf)

    information = reader.metadata
    outline = [entry.title for entry in reader.outline if not isinstance(entry, list)]

    assert information is not None
    assert information.title == (
        "Letter 7K3M-Q2XD to County Commissioner, Seat 2, Middlesex County: "
        "Keep face surveillance out of our county"
    )
    assert information.author == "Open Door Neighbors"
    assert information["/CreationDate"] == "D:20261121"
    assert outline[:2] == ["Jo Alder-2", "Keep face surveillance out of our county"]


def test_a_body_that_names_its_addressee_is_laid_out_for_each_post() -> None:
    content = make_content(body="To you, {{ addressee.name }}, we write.")
    contents = [replace(content, addressee=addressee) for addressee in make_addressees(2)]

    letters = render_letters(contents)

    for content, letter in zip(contents, letters, strict=True):
        assert f"To you, {content.addressee.name}, we write." in read_text(letter.pdf)


def test_letters_that_differ_after_the_cover_share_nothing() -> None:
    content = make_content()
    contents = [
        content,
        replace(content, page_size=PageSize.A4),
        replace(content, code="9999-9999"),
        replace(content, language="es"),
    ]

    letters = render_letters(contents)

    alone = [render_letter(content).sha256 for content in contents]
    assert [letter.sha256 for letter in letters] == alone


def test_a_cover_of_two_pages_beside_one_of_one_page_is_numbered_rightly() -> None:
    short = make_content(opening="Short.")
    long = replace(short, opening="\n\n".join(["We have a great deal to say. " * 12] * 9))

    letters = render_letters([short, long])

    assert letters[1].pages == letters[0].pages + 1
    for letter in letters:
        pages = read_pages(letter.pdf)
        assert all(f"Page {n} of {letter.pages}" in page for n, page in enumerate(pages, 1))


@pytest.mark.parametrize(
    ("size", "points"), [(PageSize.LETTER, (612, 792)), (PageSize.A4, (595, 842))]
)
def test_every_page_has_the_paper_of_the_setting(size: PageSize, points: tuple[int, int]) -> None:
    letter = render_letter(make_content(page_size=size))

    boxes = [page.mediabox for page in open_pdf(letter.pdf).pages]

    assert {(round(box.width), round(box.height)) for box in boxes} == {points}


def test_a_preview_is_marked_on_every_page_and_a_print_on_none() -> None:
    content = make_content()

    preview = open_pdf(render_letter(content, RenderPurpose.PREVIEW).pdf).pages
    printed = open_pdf(render_letter(content).pdf).pages

    assert all("Preview" in page.extract_text() for page in preview)
    assert not any("Preview" in page.extract_text() for page in printed)


def test_a_spanish_letter_speaks_spanish_around_the_campaigns_text() -> None:
    letter = render_letter(make_content(language="es"))

    text = read_text(letter.pdf)

    assert "21 de noviembre de 2026" in text
    assert f"Página 1 de {letter.pages}" in text
    assert "Firman" in text
    assert open_pdf(letter.pdf).trailer["/Root"]["/Lang"] == "es"


def test_only_our_own_fonts_are_used_for_latin_text(letters: Sequence[RenderedLetter]) -> None:
    assert list_fonts(letters[0].pdf) == {
        "Letter-Serif",
        "Letter-Serif-Semi-Bold",
        "Letter-Sans",
        "Letter-Sans-Semi-Bold",
    }


@pytest.mark.parametrize(
    "mark",
    [
        Mark(b"\x89PNG\r\n\x1a\n not a picture", "image/png"),
        Mark(b"<svg", "image/svg+xml"),
        Mark(
            b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
            b'<image href="file:///etc/hostname" width="9" height="9"/></svg>'
        ),
    ],
    ids=["broken png", "broken svg", "svg that refers to a file"],
)
def test_a_broken_mark_stops_the_letter_instead_of_leaving_a_hole(mark: Mark) -> None:
    content = make_content(organization=LetterOrganization("Door", mark=mark))

    with pytest.raises(LetterNotRendered):
        render_letter(content)


def test_many_threads_render_the_same_letter_as_one() -> None:
    content = make_content()
    alone = render_letter(content).sha256

    with ThreadPoolExecutor(4) as pool:
        hashes = set(pool.map(lambda _: render_letter(content).sha256, range(8)))

    assert hashes == {alone}


def test_a_forked_worker_uses_the_preloaded_fonts_and_leaves_them_when_it_ends(
    tmp_path: Path,
) -> None:
    script = """
import os, sys
from petition.letters.render import preload, render_letter
from tests.letters.samples import make_content
preload()
child = os.fork()
if child == 0:
    print(render_letter(make_content()).sha256, flush=True)
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
print(render_letter(make_content(body="Text in *italics* and **bold**.")).pages)
print(render_letter(make_content()).sha256)
"""
    child, _, parent = run_script(script, tmp_path).split()

    assert child == parent
    assert list(tmp_path.iterdir()) == []


def test_the_fonts_of_a_killed_process_go_with_the_next_start(tmp_path: Path) -> None:
    script = """
import os, signal
from petition.letters.render import preload
preload()
os.kill(os.getpid(), signal.SIGKILL)
"""
    with pytest.raises(subprocess.CalledProcessError):
        run_script(script, tmp_path)
    assert len(list(tmp_path.iterdir())) == 1

    run_script("from petition.letters.render import preload; preload()", tmp_path)

    assert list(tmp_path.iterdir()) == []


def run_script(script: str, temporary: Path, **environment: str) -> str:
    """What a Python process of its own prints, with its temporary files in a folder of ours."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"TMPDIR": str(temporary)} | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
