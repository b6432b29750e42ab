"""Renders the letters of a milestone as PDFs.

The posts of one milestone get the same open letter and the same names, each with its own cover.
So the first letter is laid out whole; for each further one only the cover is laid out, with empty
pages that have its running head, and joined to the other pages of the first. That keeps the tags of
PDF/UA, which a PDF library that joins files loses.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from petition.letters.compose import ANCHOR, compose
from petition.letters.content import LetterContent, RenderPurpose

if TYPE_CHECKING:
    from petition.letters.layout.weasyprint_engine import Press


# A letter of so many names or fewer has two pages; in smaller type if it has fewer pages then.
FEW = 20
WANTED_OF_FEW = 2


@dataclass(frozen=True, slots=True)
class RenderedLetter:
    """One letter's bytes, their SHA-256 in hex, and the number of pages."""

    pdf: bytes
    sha256: str
    pages: int


@dataclass(frozen=True, slots=True)
class _Whole:
    """A letter that was laid out whole, whose pages may be joined to further covers."""

    key: tuple[str, ...]
    document: Any
    cover_pages: int
    compact: bool


def render_letters(
    contents: Sequence[LetterContent], purpose: RenderPurpose = RenderPurpose.PRINT
) -> list[RenderedLetter]:
    """Return the PDFs of ``contents`` in their order.

    - For the letters of one milestone: pages that are equal after the cover are laid out once.
    - Tagged PDF/UA-1; the same content gives the same bytes, alone or with others.
    - Raises MergeFieldRefused and LetterNotRendered.
    """
    from petition.letters.layout.weasyprint_engine import open_press

    press = open_press()
    wholes: list[_Whole] = []
    rendered: list[RenderedLetter] = []
    with press.lock:
        for content in contents:
            document = _lay_out(press, content, purpose, wholes)
            pdf = press.write(document, _identify(content))
            digest = hashlib.sha256(pdf).hexdigest()
            rendered.append(RenderedLetter(pdf, digest, len(document.pages)))
    return rendered


def render_letter(
    content: LetterContent, purpose: RenderPurpose = RenderPurpose.PRINT
) -> RenderedLetter:
    """Return the PDF of one letter; see ``render_letters``."""
    return render_letters([content], purpose)[0]


def preload() -> None:
    """Load WeasyPrint, the fonts and the style sheet, so that forked workers have them loaded."""
    from petition.letters.layout.weasyprint_engine import open_press

    press = open_press()
    press.write(press.lay_out("<html lang=en><title>-</title><p>1 a <b>b</b> <i>c</i>", None), "-")


def _lay_out(
    press: "Press", content: LetterContent, purpose: RenderPurpose, wholes: list[_Whole]
) -> Any:
    mark = content.organization.mark
    composition = compose(content, purpose)
    from petition.letters.layout.weasyprint_engine import find_page, join_pages

    for whole in wholes:
        if whole.key == composition.key:
            after = whole.document.pages[whole.cover_pages :]
            own = compose(content, purpose, compact=True) if whole.compact else composition
            cover = press.lay_out(own.write_cover(len(after)), mark)
            if len(cover.pages) == len(whole.document.pages):
                return join_pages(cover, after)

    document, compact = press.lay_out(composition.write_whole(), mark), False
    if content.count <= FEW and len(document.pages) > WANTED_OF_FEW:
        smaller = press.lay_out(compose(content, purpose, compact=True).write_whole(), mark)
        if compact := len(smaller.pages) < len(document.pages):
            document = smaller
    wholes.append(_Whole(composition.key, document, find_page(document, ANCHOR), compact))
    return document


def _identify(content: LetterContent) -> str:
    """Return a PDF's permanent id: the letter's code and its addressee."""
    names = (content.code, content.addressee.name or "", content.addressee.post)
    return hashlib.sha256("\x1f".join(names).encode()).hexdigest()[:32]
