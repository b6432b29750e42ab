"""Reads a PDF as a validator of PDF/UA-1 does, and names what fails by the Matterhorn Protocol.

The conditions of the Matterhorn Protocol 1.1 that a machine can decide and that a letter can meet
or miss. A condition of our own has the code "own".
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject

from tests.letters.pdf_ua_content import check_content
from tests.letters.samples import open_pdf

# PDF 1.7, 14.8.4, without the elements that no letter may need: forms, ruby, formulas.
STANDARD = frozenset(
    "Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private P H H1 H2 H3 "
    "H4 H5 H6 L LI Lbl LBody Table TR TH TD THead TBody TFoot Span Quote Note Reference BibEntry "
    "Code Link Annot Figure".split()
)
# By kind of element: what it may hold. Kinds that are not named may hold anything.
KIDS = {
    "L": {"L", "LI", "Caption"},
    "LI": {"Lbl", "LBody"},
    "Table": {"TR", "THead", "TBody", "TFoot", "Caption"},
    "THead": {"TR"},
    "TBody": {"TR"},
    "TFoot": {"TR"},
    "TR": {"TH", "TD"},
}
PARENTS = {"LI": {"L"}, "LBody": {"LI"}, "TR": {"Table", "THead", "TBody", "TFoot"}, "TD": {"TR"}}
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_UA = "{http://www.aiim.org/pdfua/ns/id/}"


def find_failures(pdf: bytes) -> list[str]:
    """Every failure as its condition and a few words, in order; empty for a PDF that passes."""
    reader = open_pdf(pdf)
    root = reader.trailer["/Root"]
    found = [*_check_document(reader, root), *_check_metadata(root), *_check_tree(root)]
    found += _check_annotations(reader, root)
    reached = {one.indirect_reference.idnum for one, _ in walk_elements(root["/StructTreeRoot"])}
    found += check_content(reader, reached)
    return sorted(set(found))


def list_kids(element: DictionaryObject) -> list[Any]:
    """The kids of an element: numbers of marked content, and dictionaries."""
    kids = element.get("/K", [])
    kids = kids.get_object() if isinstance(kids, IndirectObject) else kids
    kids = kids if isinstance(kids, list) else [kids]
    return [kid.get_object() for kid in kids]


def walk_elements(element: DictionaryObject) -> Iterator[tuple[DictionaryObject, DictionaryObject]]:
    """Every structure element below one, with its parent, in the order of reading."""
    for kid in list_kids(element):
        if isinstance(kid, DictionaryObject) and "/S" in kid:
            yield kid, element
            yield from walk_elements(kid)


def read_parents(root: DictionaryObject) -> dict[int, Any]:
    """The entries of the ParentTree by their key, which a letter has in one node."""
    numbers = root["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    return dict(
        zip(map(int, numbers[::2]), (one.get_object() for one in numbers[1::2]), strict=True)
    )


def _check_document(reader: PdfReader, root: DictionaryObject) -> Iterator[str]:
    marks = root.get("/MarkInfo", {})
    kept = (
        ("06-001 MarkInfo does not say that it is tagged", marks.get("/Marked")),
        ("01-007 Suspects is true", not marks.get("/Suspects")),
        ("11-006 no language", str(root.get("/Lang", ""))),
        ("07-001 no title", root.get("/ViewerPreferences", {}).get("/DisplayDocTitle")),
        ("26-001 encrypted", not reader.is_encrypted),
        ("20-001 optional content", "/OCProperties" not in root),
        ("25-001 a form", "/AcroForm" not in root),
        ("own actions", "/AA" not in root),
        (
            "own files or scripts",
            not {"/EmbeddedFiles", "/JavaScript"} & set(root.get("/Names", {})),
        ),
    )
    yield from (failure for failure, holds in kept if not holds)
    for number, page in enumerate(reader.pages, 1):
        if page.get("/Annots") and page.get("/Tabs") != "/S":
            yield f"28-008 page {number} has no tab order"


def _check_metadata(root: DictionaryObject) -> Iterator[str]:
    if "/Metadata" not in root:
        yield "06-001 no XMP metadata"
        return
    tree = ElementTree.fromstring(root["/Metadata"].get_data())  # noqa: S314 - our own PDF
    titles = [one.text for one in tree.iterfind(f".//{_DC}title/{_RDF}Alt/{_RDF}li")]
    if not any(titles):
        yield "06-003 no dc:title"
    parts = [one.text for one in tree.iter(f"{_UA}part")]
    parts += [one.attrib[f"{_UA}part"] for one in tree.iter() if f"{_UA}part" in one.attrib]
    if parts != ["1"]:
        yield "06-002 not PDF/UA-1"


def _check_tree(root: DictionaryObject) -> Iterator[str]:
    top = root["/StructTreeRoot"]
    roles = {str(name): str(role) for name, role in top.get("/RoleMap", {}).items()}
    if any(name.removeprefix("/") in STANDARD for name in roles):
        yield "02-004 a standard type is mapped to another"
    level = 0
    for element, parent in walk_elements(top):
        kind = roles.get(element["/S"], element["/S"]).removeprefix("/")
        if kind not in STANDARD:
            yield f"02-001 {kind} is no standard type"
        yield from _check_place(kind, element, parent)
        yield from _check_alternative(kind, element)
        if kind[0] == "H" and kind[1:].isdigit():
            if int(kind[1]) > level + 1:
                yield f"14-003 H{level or ''} is followed by {kind}"
            level = int(kind[1])
        if kind == "H":
            yield "14-007 H beside numbered headings"


def _check_place(kind: str, element: DictionaryObject, parent: DictionaryObject) -> Iterator[str]:
    kids = list_kids(element)
    if not kids:
        yield f"own {kind} is empty"
    if element["/P"].get_object() is not parent:
        yield f"own {kind} names another parent"
    above = str(parent.get("/S", "")).removeprefix("/")
    if kind in PARENTS and above not in PARENTS[kind]:
        yield f"09-005 {kind} in {above}"
    if kind in KIDS:
        for kid in kids:
            held = str(kid.get("/S", "?"))[1:] if isinstance(kid, DictionaryObject) else "content"
            if held not in KIDS[kind]:
                yield f"09-004 {kind} holds {held}"


def _check_alternative(kind: str, element: DictionaryObject) -> Iterator[str]:
    if kind == "Figure" and not (element.get("/Alt") or element.get("/ActualText")):
        yield "13-004 a figure without a text"
    attributes = element.get("/A", {})
    if kind == "Figure" and len(attributes.get("/BBox", ())) != 4:
        yield "own a figure without a box"
    if kind == "TH" and "/Scope" not in attributes and "/ID" not in element:
        yield "15-003 a header of a table without scope"
    if kind == "Note" and "/ID" not in element:
        yield "19-003 a note without an id"


def _check_annotations(reader: PdfReader, root: DictionaryObject) -> Iterator[str]:
    owners: dict[int, DictionaryObject] = {}
    for element, _ in walk_elements(root["/StructTreeRoot"]):
        for kid in list_kids(element):
            if isinstance(kid, DictionaryObject) and kid.get("/Type") == "/OBJR":
                owners[kid.raw_get("/Obj").idnum] = element
    parents = read_parents(root)
    for number, page in enumerate(reader.pages, 1):
        for reference in page.get("/Annots", ()):
            annotation, owner = reference.get_object(), owners.get(reference.idnum)
            if annotation["/Subtype"] != "/Link":
                yield f"28-002 page {number} has a {annotation['/Subtype']}"
            elif owner is None or owner["/S"] != "/Link":
                yield f"28-011 a link of page {number} is in no Link"
            elif parents.get(annotation.get("/StructParent")) is not owner:
                yield f"own a link of page {number} is not in the ParentTree"
            if not str(annotation.get("/Contents", "")):
                yield f"28-012 a link of page {number} says nothing"
