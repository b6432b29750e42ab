"""The only resources that a letter may load while it is laid out: our fonts and its own mark.

All are requested under the scheme ``asset:``. Any other URL, be it of a file, a host or data, stops
the rendering: a letter is never sent with a missing asset, and never with injected content.
"""

from collections.abc import Mapping
from importlib.resources import files

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from petition.core.paths import find_templates
from petition.letters.content import Mark
from petition.letters.layout.font_files import FONTS

MARK = "asset:mark"


class AssetRefused(FatalURLFetchingError):  # type: ignore[misc] # the base has no types
    """A letter refers to something that is not one of its own assets.

    - Not an ``Exception``, since WeasyPrint catches those and continues without the asset.
    """


class AssetFetcher(URLFetcher):  # type: ignore[misc] # the base has no types
    """Returns the fonts and the mark of one letter, and nothing else."""

    def __init__(self, mark: Mark | None = None) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self._mark = mark

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """Return the asset; raises AssetRefused for any URL that is not on the list."""
        if url in FONTS:
            package, name = FONTS[url]
            data = (files(package) / "files" / name).read_bytes()
            return URLFetcherResponse(url, data, {"Content-Type": "font/otf"})
        if url == MARK and self._mark:
            return URLFetcherResponse(url, self._mark.data, {"Content-Type": self._mark.media_type})
        # The message does not contain the URL: it may quote what a person wrote.
        raise AssetRefused("a letter refers to something that is not one of its own assets")


def read_stylesheet() -> str:
    """Return the style sheet of letters."""
    return (find_templates() / "letter" / "letter.css").read_text("utf-8")
