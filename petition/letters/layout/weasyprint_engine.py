"""WeasyPrint, loaded once per process, with its fonts, style sheets and logged errors.

Import this module only in code that renders letters: it loads Pango, which takes half a second.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import weasyprint
from weasyprint.document import Page
from weasyprint.formatting_structure.boxes import MarginBox

from petition.core.errors import Permanent
from petition.letters.content import Mark
from petition.letters.layout.assets import AssetFetcher, AssetRefused, read_stylesheet
from petition.letters.layout.fonts import Fonts
from petition.letters.layout.structure_tree import correct_structure

VARIANT = "pdf/ua-1"
_LOGGER = logging.getLogger("weasyprint")


class LetterNotRendered(Permanent):
    """A letter could not be laid out correctly: an asset is missing, refused or broken."""

    code = "letter-not-rendered"


class _Complaints(logging.Handler):
    """Collects the errors that WeasyPrint logs, since it continues without a missing image."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the format of the message; its arguments may quote what a person wrote."""
        self.messages.append(str(record.msg))


class Press:
    """Lays out and writes documents, one at a time: Pango's font map is not thread-safe.

    - The style sheet is parsed and the fonts are opened once.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._complaints = _Complaints()
        _LOGGER.addHandler(self._complaints)
        _LOGGER.propagate = False
        with self._watch():
            self._fonts = Fonts()
            self._style = weasyprint.CSS(
                string=read_stylesheet(), url_fetcher=AssetFetcher(), font_config=self._fonts
            )

    def lay_out(self, html: str, mark: Mark | None) -> Any:
        """Return the laid-out document of ``html``.

        - Raises LetterNotRendered for a URL outside the assets, or a broken asset.
        """
        fetcher = AssetFetcher(mark)
        with self._watch():
            return weasyprint.HTML(string=html, url_fetcher=fetcher).render(
                font_config=self._fonts, stylesheets=[self._style], pdf_variant=VARIANT
            )

    def write(self, document: Any, identifier: str) -> bytes:
        """Return the tagged PDF of a laid-out document.

        - ``identifier`` is the PDF's permanent id; the same document gives the same bytes.
        """
        with self._watch():
            pdf: bytes = document.write_pdf(
                finisher=correct_structure, pdf_variant=VARIANT, pdf_identifier=identifier
            )
            return pdf

    @contextmanager
    def _watch(self) -> Iterator[None]:
        with self.lock:
            self._complaints.messages.clear()
            try:
                yield
            except AssetRefused as error:
                raise LetterNotRendered(str(error)) from error
            if self._complaints.messages:
                raise LetterNotRendered(self._complaints.messages[0])


@lru_cache(maxsize=1)
def open_press() -> Press:
    """Return this process's press."""
    return Press()


def find_page(document: Any, anchor: str) -> int:
    """Return the index of the first page that has ``anchor``; raises LetterNotRendered."""
    pages: Sequence[Any] = document.pages
    for index, page in enumerate(pages):
        if anchor in page.anchors:
            return index
    raise LetterNotRendered(f"no page has the anchor {anchor}")


def join_pages(document: Any, shared: Sequence[Any]) -> Any:
    """Return ``document`` with the content of ``shared`` on its last pages.

    - Each page keeps what is in its own margins, as its running head.
    """
    first = len(document.pages) - len(shared)
    joined = [
        _put_in_margins(page, other)
        for page, other in zip(document.pages[first:], shared, strict=True)
    ]
    return document.copy([*document.pages[:first], *joined])


def _put_in_margins(page: Any, content: Any) -> Any:
    inside = [one for one in content._page_box.children if not isinstance(one, MarginBox)]
    margins = [one for one in page._page_box.children if isinstance(one, MarginBox)]
    return Page(content._page_box.copy_with_children([*inside, *margins]))
