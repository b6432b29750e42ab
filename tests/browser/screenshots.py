"""Draws every public page at the width of a phone and of a desk into var/screenshots.

``make screenshots`` runs it; no test does, since what is pretty only a person can say.
"""

from io import BytesIO
from pathlib import Path

from PIL import Image

from tests.browser.conftest import DESK, PHONE, Live, Visitor
from tests.browser.gallery import STATUSES, lay_pages

FOLDER = Path(__file__).parents[2] / "var" / "screenshots"
# Waits as well; a picture that does not come is drawn as it then is.
LOAD = """() => Promise.all([...document.images].map(it => {
  it.loading = "eager";
  return it.decode().catch(() => {});
}))"""
LOOKS = {
    "phone": {"viewport": PHONE},
    "phone-dark": {"viewport": PHONE, "color_scheme": "dark"},
    "phone-spanish": {"viewport": PHONE, "locale": "es-US"},
    "desk": {"viewport": DESK},
}


def test_every_page_is_drawn(live: Live, visitor: Visitor) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    pages = {look: visitor.open("about:blank", **options) for look, options in LOOKS.items()}
    for shown in lay_pages(live.app):
        for look, page in pages.items():
            shown.open(page, live.url)
            # What waits for somebody to scroll near it is in a picture of the whole page too.
            page.evaluate(LOAD)
            drawn = page.screenshot(path=FOLDER / f"{shown.name}-{look}.png", full_page=True)
            width = Image.open(BytesIO(drawn)).width
            assert width == LOOKS[look]["viewport"]["width"], f"{shown.name}-{look}"
    visitor.forgive(STATUSES)
