"""The part of a PDF/UA-1 check that reads the content of pages: what is tagged, and its fonts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.generic import ArrayObject, ContentStream, DictionaryObject, NullObject

PAINTED = frozenset("f F f* B B* b b* S s sh Do BI Tj TJ ' \"".split())
TEXT = frozenset("Tj TJ ' \"".split())
_ARTIFACT = -1  # in the place of a number of marked content


@dataclass
class _Marks:
    """What a page's stream marks: numbers of its content, and failures."""

    numbers: set[int] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    codes: dict[str, set[bytes]] = field(default_factory=dict)


def check_content(reader: PdfReader, reached: set[int]) -> list[str]:
    """The failures of the pages' content, each with its condition of the Matterhorn Protocol.

    - ``reached``: the numbers of the objects that are in the structure tree.
    """
    numbers = reader.trailer["/Root"]["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    trees = dict(zip(map(int, numbers[::2]), numbers[1::2], strict=True))
    used: dict[str, set[bytes]] = {}
    found: list[str] = []
    for number, page in enumerate(reader.pages, 1):
        marks = _read_marks(page, reader)
        found += [f"{failure}, page {number}" for failure in marks.failures]
        owners = trees.get(page.get("/StructParents"), ArrayObject()).get_object()
        found += [f"{one}, page {number}" for one in _check_owners(page, marks, owners, reached)]
        for font, codes in marks.codes.items():
            used.setdefault(font, set()).update(codes)
    return found + list(_check_fonts(reader, used))


def _read_marks(page: PageObject, reader: PdfReader) -> _Marks:
    marks, stack, font = _Marks(), [], ""
    for operands, operator in ContentStream(page.get_contents(), reader).operations:
        name = operator.decode()
        if name in ("BMC", "BDC"):
            stack.append(_open_mark(operands, stack, marks))
        elif name == "EMC":
            stack.pop()
        elif name == "Tf":
            font = str(operands[0])
        elif name in PAINTED and not any(stack):
            marks.failures.append("01-005 content is neither tagged nor an artifact")
        if name in TEXT:
            marks.codes.setdefault(font, set()).update(_read_codes(operands))
    return marks


def _open_mark(operands: list[Any], stack: list[int | None], marks: _Marks) -> int | None:
    if operands[0] == "/Artifact":
        if any(one is not None and one != _ARTIFACT for one in stack):
            marks.failures.append("01-003 an artifact inside tagged content")
        return _ARTIFACT
    number = operands[1].get("/MCID") if len(operands) > 1 else None
    if number is None:
        return None
    if _ARTIFACT in stack:
        marks.failures.append("01-004 tagged content inside an artifact")
    if number in marks.numbers:
        marks.failures.append("own a number of marked content is used twice")
    marks.numbers.add(int(number))
    return int(number) + 1  # not 0, which would be no mark


def _read_codes(operands: list[Any]) -> Iterator[bytes]:
    parts = operands[0] if isinstance(operands[0], list) else operands[-1:]
    for part in parts:
        if isinstance(part, str | bytes):
            raw = getattr(part, "original_bytes", part)
            yield from (raw[at : at + 2] for at in range(0, len(raw), 2))


def _check_owners(
    page: PageObject, marks: _Marks, owners: ArrayObject, reached: set[int]
) -> Iterator[str]:
    """Both ways: each number has its element, and each element named has its number."""
    if page.get("/StructParents") is None:
        yield "own no StructParents"
    for number in marks.numbers:
        owner = owners[number].get_object() if number < len(owners) else NullObject()
        if isinstance(owner, NullObject):
            yield "01-005 marked content is in no element"
        elif number not in owner["/K"] or owner["/Pg"].get_object() != page.get_object():
            yield "own the ParentTree names another element"
        elif owner.indirect_reference.idnum not in reached:
            yield "own an element is not in the tree"
    for number, owner in enumerate(owners):
        if not isinstance(owner.get_object(), NullObject) and number not in marks.numbers:
            yield "own an element has content that is not there"


def _check_fonts(reader: PdfReader, used: dict[str, set[bytes]]) -> Iterator[str]:
    fonts = {name: font for page in reader.pages for name, font in _list_fonts(page)}
    for name, codes in used.items():
        font = fonts[name]
        inner = font["/DescendantFonts"][0] if "/DescendantFonts" in font else font
        descriptor = inner.get("/FontDescriptor", {})
        if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor):
            yield f"31-009 {name} is not embedded"
        if b"\0\0" in codes:
            yield f"31-030 {name} shows a glyph that it lacks"
        if "/ToUnicode" not in font:
            yield f"31-027 {name} has no ToUnicode"
            continue
        known = _read_to_unicode(font["/ToUnicode"].get_data())
        if unknown := codes - known:
            yield f"10-001 {name} has {len(unknown)} glyphs without a character"


def _list_fonts(page: PageObject) -> Iterator[tuple[str, DictionaryObject]]:
    for name, font in page["/Resources"]["/Font"].items():
        yield str(name), font.get_object()


def _read_to_unicode(stream: bytes) -> set[bytes]:
    """The glyphs that stand for characters.

    - One that is mapped to no character is a part of the glyph before it, as in Devanagari.
    """
    pairs = re.findall(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]*)>", stream)
    return {bytes.fromhex(code.decode()) for code, character in pairs if character != b"0000"}
