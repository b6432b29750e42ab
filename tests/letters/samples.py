"""The smallest whole letter, and the tools that read a PDF as its recipients' software does."""

import io
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from petition.letters.content import (
    Comment,
    LetterAddressee,
    LetterContent,
    LetterDistrict,
    LetterOrganization,
    Signer,
)

GIVEN = ("Ada", "Bo", "Carla", "Dov", "Emeka", "Fern", "Gita", "Hugo", "Inés", "Jun")
FAMILY = (
    "Abara",
    "Brandt",
    "Castillo",
    "Duval",
    "Eriksen",
    "Fonseca",
    "Grant",
    "Huang",
    "O’Dea",
    "Ito",
)
PLACES = ("Cambridge", "Somerville", "Newton", "Medford", "Lowell")

BODY = """You hold the keys to our public buildings. We ask you to keep one more thing safe: the
freedom to walk through {{ district.name }} without a camera putting a name to every face.

Please adopt a rule this year that

1. forbids departments to buy or use face surveillance, and
2. brings other such tools before a public hearing first.
"""


def make_signers(count: int, start: int = 1) -> tuple[Signer, ...]:
    """So many people, each with a name of their own."""
    return tuple(
        Signer(
            number,
            f"{GIVEN[number % 10]} {FAMILY[number // 10 % 10]}-{number}",
            PLACES[number % len(PLACES)],
        )
        for number in range(start, start + count)
    )


def make_content(**changes: Any) -> LetterContent:
    """A letter with three signers and one comment, but for the changes."""
    values: dict[str, Any] = {
        "organization": LetterOrganization(
            "Open Door Neighbors", ("18 Mill Street", "Cambridge, MA 02139"), "hi@door.example"
        ),
        "campaign_title": "Keep face surveillance out of our county",
        "body": BODY,
        "closing": "With thanks for your service,",
        "district": LetterDistrict("Middlesex County", "county", "Massachusetts"),
        "addressee": LetterAddressee(
            "Board of Commissioners", ("40 Example Square", "Cambridge, MA 02141"), "Dear Members"
        ),
        "total": 3,
        "since": date(2026, 3, 4),
        "dated": date(2026, 11, 21),
        "code": "7K3M-Q2XD",
        "verify_url": "https://petition.example/letters/7K3M-Q2XD",
        "signers": make_signers(3),
        "comments": (Comment("Ada Abara-1", "Somerville", "Please hold a hearing first."),),
    }
    return LetterContent(**(values | changes))


def make_addressees(count: int) -> list[LetterAddressee]:
    """So many posts of one division."""
    return [
        LetterAddressee(
            f"County Commissioner, Seat {seat}",
            (f"{seat} Example Square", "Cambridge, MA 02141"),
            f"Dear Commissioner Alder-{seat}",
            f"Jo Alder-{seat}",
        )
        for seat in range(1, count + 1)
    ]


def read_pages(pdf: bytes, *options: str) -> list[str]:
    """The text of each page as pdftotext gives it."""
    done = subprocess.run(
        ["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True
    )
    return done.stdout.decode().split("\f")[:-1]


def read_text(pdf: bytes) -> str:
    """The text of the whole PDF with single spaces, as someone would copy it."""
    return " ".join(" ".join(read_pages(pdf, "-raw")).split())


def read_names(pdf: bytes) -> list[str]:
    """The numbered lines of the list of signers, in the order of reading."""
    after = "\n".join(read_pages(pdf, "-raw")).split("in the order they signed", 1)[1]
    lines = (" ".join(line.split()) for line in after.splitlines())
    return [line for line in lines if re.match(r"\d+ \S", line)]


def read_words(pdf: bytes, page: int = 1) -> list[tuple[float, float, float, float, str]]:
    """Each word of a page with its box (left, top, right, bottom) in inches from the top left."""
    done = subprocess.run(
        ["pdftotext", "-bbox", "-f", str(page), "-l", str(page), "-", "-"],
        input=pdf,
        capture_output=True,
        check=True,
    )
    found = re.findall(
        r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)</word>',
        done.stdout.decode(),
    )
    return [
        (float(a) / 72, float(b) / 72, float(c) / 72, float(d) / 72, word)
        for a, b, c, d, word in found
    ]


def open_pdf(pdf: bytes) -> PdfReader:
    """The PDF as objects."""
    return PdfReader(io.BytesIO(pdf), strict=True)


def walk_structure(pdf: bytes) -> Iterator[DictionaryObject]:
    """Every structure element, in the order of reading."""
    root = open_pdf(pdf).trailer["/Root"]["/StructTreeRoot"]

    def walk(node: Any) -> Iterator[DictionaryObject]:
        node = node.get_object() if isinstance(node, IndirectObject) else node
        if isinstance(node, ArrayObject):
            for child in node:
                yield from walk(child)
        elif isinstance(node, DictionaryObject):
            if node.get("/Type") == "/StructElem":
                yield node
            yield from walk(node.get("/K"))

    return walk(root)


def count_tags(pdf: bytes) -> Counter[str]:
    """How many structure elements of each kind a PDF has."""
    return Counter(str(element["/S"]) for element in walk_structure(pdf))


def read_streams(pdf: bytes) -> bytes:
    """All that a PDF holds, with its streams unpacked."""
    reader = open_pdf(pdf)
    parts = [pdf]
    for number in range(1, int(reader.trailer["/Size"])):
        found = reader.get_object(number)
        if found is None:
            continue
        if hasattr(found, "get_data"):
            parts.append(found.get_data())
        parts.append(repr(found).encode())
    return b"\n".join(parts)


def list_fonts(pdf: bytes) -> set[str]:
    """The families that a PDF embeds."""
    done = subprocess.run(["pdffonts", "-"], input=pdf, capture_output=True, check=True)
    return {line.split()[0].partition("+")[2] for line in done.stdout.decode().splitlines()[2:]}


def list_files(folder: Path) -> list[str]:
    """Every file under a folder, relative to it."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
