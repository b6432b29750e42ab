"""PDF/UA-1, as far as a machine can judge it without a validator: see pdf_ua.py."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, BooleanObject, DictionaryObject, NameObject, NumberObject

from petition.letters.content import (
    Comment,
    LetterAddressee,
    LetterBill,
    LetterContent,
    Mark,
    PageSize,
    RenderPurpose,
    Signer,
)
from petition.letters.content import LetterOrganization as Organization
from petition.letters.render import render_letter
from tests.letters.pdf_ua import find_failures, walk_elements
from tests.letters.samples import make_content, make_signers
from tests.letters.test_pages import make_long
from tests.letters.test_structure import LISTS

LOGO = Mark(
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30"><title>A logo</title>'
    b'<defs><linearGradient id="g"><stop offset="0" stop-color="#036"/><stop offset="1"/>'
    b'</linearGradient></defs><rect width="60" height="20" fill="url(#g)" opacity=".5"/></svg>'
)
LINKS = (
    "Read [the study](https://study.example/a/long/path), or <mailto:hi@door.example>.\n\n---\n\n"
)
NAMES = ("王小明", "محمد الأحمد", "יוסף כהן", "अनिल शर्मा", "สมชาย ใจดี", "Ольга", "ნინო", "ﬁn ŉ ǰ")
CASES: dict[str, dict[str, Any]] = {
    "few": {},
    "ninety-nine": {"signers": make_signers(99), "total": 99, "language": "es"},
    "hundred": {"signers": make_long(100), "total": 300, "page_size": PageSize.A4},
    "further": {"signers": make_signers(137, start=201), "total": 400, "unprinted": 3},
    "thousand": {"signers": make_signers(1000), "total": 1000, "language": "es"},
    "scripts": {"signers": tuple(Signer(n, name, name) for n, name in enumerate(NAMES, 1))},
    "words": {"comments": (Comment("يوسف", "Lowell", "أرجو عقد جلسة.\nشكرا", 2),) * 3},
    "heading on the cover": {"opening": "# Why *now*\n\nBecause.\n\n## More"},
    "markdown": {"body": LINKS + LISTS, "opening": LINKS, "closing": "## End\n\n- *so*\n- it is"},
    "headings": {
        "body": "# One\n\n### Three\n\n## Two\n\n###### Six\n\n# One",
        "closing": "### Three\n\n# One",
    },
    "long": {"body": "\n\n".join([LISTS, "Please act. " * 90] * 8), "campaign_title": "Act! " * 60},
    "logo": {"organization": Organization("Doors", ("18 Mill Street",), mark=LOGO)},
    "english in spanish": {
        "language": "es",
        "bill": LetterBill("H.R. 4411", "An Act"),
        "deadline": date(2026, 12, 24),
        "ask": "Apoyen la ley.",
        "position": "support",
        "addressee": LetterAddressee("Drain Office", ("1 A St", "B, MA"), "Hola", None, False),
    },
}


@pytest.fixture(scope="module")
def letter() -> bytes:
    return render_letter(make_content(body=LINKS + LISTS, signers=make_signers(137), total=137)).pdf


@pytest.mark.parametrize("case", CASES)
def test_a_letter_passes_every_condition(case: str) -> None:
    content: LetterContent = make_content(**CASES[case])

    assert find_failures(render_letter(content).pdf) == []


def test_a_preview_passes_too() -> None:
    assert find_failures(render_letter(make_content(), RenderPurpose.PREVIEW).pdf) == []


def spoil(pdf: bytes, change: Callable[[PdfWriter], None]) -> bytes:
    """The PDF with a change of its objects."""
    writer, out = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf))), io.BytesIO()
    change(writer)
    writer.write(out)
    return out.getvalue()


def find(writer: PdfWriter, kind: str) -> DictionaryObject:
    """The first structure element of a kind."""
    tree = writer.root_object["/StructTreeRoot"]
    return next(element for element, _ in walk_elements(tree) if element["/S"] == kind)


def rename(kind: str, other: str) -> Callable[[PdfWriter], None]:
    return lambda writer: find(writer, kind).update({NameObject("/S"): NameObject(other)})


def without(kind: str, key: str) -> Callable[[PdfWriter], None]:
    return lambda writer: find(writer, kind).pop(key) and None


def rootless(key: str) -> Callable[[PdfWriter], None]:
    return lambda writer: writer.root_object.pop(key) and None


def rewrite(old: bytes, new: bytes) -> Callable[[PdfWriter], None]:
    """Replaces a part of each page's content."""

    def change(writer: PdfWriter) -> None:
        for page in writer.pages:
            stream = page["/Contents"].get_object()
            data = stream.get_data()
            assert old in data
            stream.set_data(data.replace(old, new, 1))

    return change


def change_pages(change: Callable[[Any], object]) -> Callable[[PdfWriter], None]:
    return lambda writer: [change(page) for page in writer.pages] and None


def change_fonts(change: Callable[[Any], object]) -> Callable[[PdfWriter], None]:
    def each(writer: PdfWriter) -> None:
        for font in writer.pages[0]["/Resources"]["/Font"].values():
            change(font.get_object())

    return each


def empty_map(font: Any) -> None:
    font["/ToUnicode"].get_object().set_data(b"1 beginbfchar\n<0001> <0041>\nendbfchar")


def change_links(change: Callable[[Any], object]) -> Callable[[PdfWriter], None]:
    return lambda writer: (
        [change(one.get_object()) for page in writer.pages for one in page.get("/Annots", ())]
        and None
    )


def add_empty(writer: PdfWriter) -> None:
    find(writer, "/P")[NameObject("/K")] = ArrayObject()


def lose_parents(writer: PdfWriter) -> None:
    numbers = writer.root_object["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    numbers[1], numbers[3] = numbers[3], numbers[1]


def drop_section(writer: PdfWriter) -> None:
    document = find(writer, "/Document")
    document[NameObject("/K")] = ArrayObject(list(document["/K"])[:-1])


SPOILED: dict[str, Callable[[PdfWriter], None]] = {
    "01-003": rewrite(b"BT", b"/Artifact BMC EMC BT"),
    "01-004": rewrite(b"/Span\n<</MCID", b"/Artifact BMC /Span <</MCID"),
    "01-005 content is neither": rewrite(b"/Artifact", b"/P"),
    "02-001": rename("/Art", "/Story"),
    "06-001 MarkInfo": rootless("/MarkInfo"),
    "06-001 no XMP": rootless("/Metadata"),
    "06-002": lambda writer: (
        writer.root_object["/Metadata"]
        .get_object()
        .set_data(b"<x xmlns:dc='http://purl.org/dc/elements/1.1/'/>")
    ),
    "07-001": rootless("/ViewerPreferences"),
    "09-004 L holds": rename("/LI", "/P"),
    "09-004 LI holds": rename("/LBody", "/P"),
    "09-005": rename("/L", "/Div"),
    "10-001": change_fonts(empty_map),
    "11-006": rootless("/Lang"),
    "13-004": without("/Figure", "/Alt"),
    "14-003": rename("/H1", "/H3"),
    "28-002": change_links(lambda one: one.update({NameObject("/Subtype"): NameObject("/Text")})),
    "28-008": change_pages(lambda page: page.pop("/Tabs")),
    "28-011": rename("/Link", "/Span"),
    "28-012": change_links(lambda one: one.pop("/Contents")),
    "31-009": change_fonts(
        lambda font: font["/DescendantFonts"][0].get_object()["/FontDescriptor"].pop("/FontFile3")
    ),
    "31-027": change_fonts(lambda font: font.pop("/ToUnicode")),
    "own P is empty": add_empty,
    "own the ParentTree names": lose_parents,
    "own an element is not in the tree": drop_section,
    "own a link": change_links(
        lambda one: one.update({NameObject("/StructParent"): NumberObject(0)})
    ),
    "01-007": lambda writer: writer.root_object["/MarkInfo"].update(
        {NameObject("/Suspects"): BooleanObject(True)}
    ),
}


@pytest.mark.parametrize("condition", SPOILED)
def test_each_condition_is_missed_where_it_is_broken(letter: bytes, condition: str) -> None:
    assert find_failures(letter) == []

    found = find_failures(spoil(letter, SPOILED[condition]))

    assert any(failure.startswith(condition) for failure in found), found
