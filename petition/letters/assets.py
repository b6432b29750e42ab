"""The only things that a letter may read while it is laid out: our own fonts and its own mark.

Everything is asked for under the scheme ``asset:``. Any other address, be it a file, a host or a
data URL, stops the rendering: a letter is never sent with a hole, and never carries what somebody
made it fetch.
"""

from collections.abc import Mapping
from importlib.resources import files

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from petition.core.paths import find_templates
from petition.letters.content import Mark

_FONTS: Mapping[str, tuple[str, str]] = {
    "asset:serif-regular": ("font_source_serif_pro", "SourceSerifPro-Regular.otf"),
    "asset:serif-italic": ("font_source_serif_pro", "SourceSerifPro-It.otf"),
    "asset:serif-semibold": ("font_source_serif_pro", "SourceSerifPro-Semibold.otf"),
    "asset:sans-regular": ("font_source_sans_pro", "SourceSansPro-Regular.otf"),
    "asset:sans-semibold": ("font_source_sans_pro", "SourceSansPro-Semibold.otf"),
}
MARK = "asset:mark"


class AssetRefused(FatalURLFetchingError):  # type: ignore[misc] # the base has no types
    """A letter asked for something that is not one of its own assets.

    - It is no ``Exception``, since WeasyPrint swallows those and prints on without the asset.
    """


class AssetFetcher(URLFetcher):  # type: ignore[misc] # the base has no types
    """Hands out the fonts and one letter's mark, and nothing else."""

    def __init__(self, mark: Mark | None = None) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self._mark = mark

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """Return the asset; raises AssetRefused for any address that is not on the list."""
        if url in _FONTS:
            package, name = _FONTS[url]
            data = (files(package) / "files" / name).read_bytes()
            return URLFetcherResponse(url, data, {"Content-Type": "font/otf"})
        if url == MARK:
            mark = self._mark or read_own_mark()
            return URLFetcherResponse(url, mark.data, {"Content-Type": mark.media_type})
        # The address stays out of the message: it may quote what a person wrote.
        raise AssetRefused("a letter refers to something that is not one of its own assets")


def read_own_mark() -> Mark:
    """Return the service's own mark: a hundred dots, the hundredth larger."""
    return Mark((find_templates() / "letter" / "mark.svg").read_bytes())


def read_stylesheet() -> str:
    """Return the letter's style sheet."""
    return (find_templates() / "letter" / "letter.css").read_text("utf-8")
