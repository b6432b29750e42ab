"""Draws the picture that chats and social networks show beside a link to a campaign, as a PNG.

- 1200 by 630 pixels, as Open Graph consumers expect. Few colors, so that it is some 25 kB.
- Everything in it is passed in; a title is shrunk, then cut, until it fits.
- A text with characters that the fonts lack is left out: boxes would say less than nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 630
MARGIN = 72
COLORS = 48
PAPER, INK, SOFT, OFF = "#fffefb", "#1a2129", "#4d5761", "#d3cdbf"
# The same as in petition/web/static/hundredth.css.
ACCENT = "#0b5a78"
# Pixels, and the most lines of a title in that size.
TITLE_SIZES = {76: 3, 68: 3, 60: 4, 52: 4, 46: 5}
PROGRESS_SIZES = (42, 38, 34, 30)
DOTS_A_ROW = 50
# The two rows of dots, and the words below them.
DOTS_TOP = 404
MISSING = "\uffff"  # a noncharacter, which no font has


@dataclass(frozen=True, slots=True)
class Preview:
    """What the picture says.

    - ``progress`` is the large line, ``totals`` the small one; either may be empty.
    - ``filled``: how many of a hundred dots are filled, 0 to 99; None for a picture without dots.
    """

    kicker: str
    title: str
    progress: str
    totals: str
    filled: int | None
    accent: str


def draw_preview(preview: Preview) -> bytes:
    """Return the picture as a PNG; the same for the same text."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, WIDTH, 15), fill=preview.accent)
    pen.text((MARGIN, 62), _fit_line(preview.kicker, _sans(30)), SOFT, _sans(30))
    _draw_title(pen, preview.title)
    if preview.filled is not None:
        _draw_dots(image, preview.filled, preview.accent)
    _draw_words(pen, preview)
    _draw_brand(image, pen, preview.accent)
    stored = BytesIO()
    # Pillow's ``optimize`` takes ten times as long and saves a tenth.
    image.quantize(COLORS, dither=Image.Dither.NONE).save(stored, "PNG")
    return stored.getvalue()


def _draw_title(pen: ImageDraw.ImageDraw, title: str) -> None:
    for size, most in TITLE_SIZES.items():
        font = _load("font_source_serif_pro", "SourceSerifPro-Semibold.otf", size)
        lines = list(_wrap(title, font))
        if len(lines) <= most:
            break
    else:
        lines = [*lines[: most - 1], _fit_line(" ".join(lines[most - 1 :]), font)]
    for number, line in enumerate(lines):
        pen.text((MARGIN, 116 + number * size * 1.14), line, INK, font)


def _draw_words(pen: ImageDraw.ImageDraw, preview: Preview) -> None:
    top = DOTS_TOP + 66
    if preview.progress:
        font = _choose_font(preview.progress)
        pen.text((MARGIN, top), _fit_line(preview.progress, font), INK, font)
        top += 58
    pen.text((MARGIN, top), _fit_line(preview.totals, _sans(32), WIDTH - 300), SOFT, _sans(32))


def _choose_font(progress: str) -> ImageFont.FreeTypeFont:
    """Return the largest font in which the line fits, else the smallest."""
    fonts = [_strong(size) for size in PROGRESS_SIZES]
    return next((f for f in fonts if f.getlength(progress) <= WIDTH - 2 * MARGIN), fonts[-1])


def _draw_dots(image: Image.Image, filled: int, accent: str) -> None:
    pitch = (WIDTH - 2 * MARGIN) / DOTS_A_ROW
    for number in range(100):
        row, column = divmod(number, DOTS_A_ROW)
        x, y = MARGIN + (column + 0.5) * pitch, DOTS_TOP + (row + 0.5) * pitch
        _draw_dot(image, x, y, 6.5, accent if number < filled else OFF)
    # The hundredth is an open ring until the letter is sent, as on the pages.
    _draw_dot(image, x, y, 10, accent)
    _draw_dot(image, x, y, 6, PAPER)


def _draw_brand(image: Image.Image, pen: ImageDraw.ImageDraw, accent: str) -> None:
    width = _strong(30).getlength("Hundredth")
    left = WIDTH - MARGIN - width - 50
    for number in range(16):
        row, column = divmod(number, 4)
        last = number == 15
        x, y = left + 4 + column * 10, HEIGHT - 76 + row * 10
        _draw_dot(image, x, y, 5.2 if last else 3.4, accent if last else SOFT)
    pen.text((WIDTH - MARGIN - width, HEIGHT - 82), "Hundredth", INK, _strong(30))


def _draw_dot(image: Image.Image, x: float, y: float, radius: float, color: str) -> None:
    mask = _make_dot(radius)
    image.paste(color, (round(x - mask.width / 2), round(y - mask.height / 2)), mask)


@cache
def _make_dot(radius: float) -> Image.Image:
    """Return the mask of a dot with smooth edges."""
    scale, size = 8, 2 * round(radius + 1)
    large = Image.new("L", (size * scale, size * scale))
    middle = size * scale / 2
    edge = radius * scale
    box = (middle - edge, middle - edge, middle + edge, middle + edge)
    ImageDraw.Draw(large).ellipse(box, fill=255)
    return large.resize((size, size), Image.Resampling.LANCZOS)


def _wrap(text: str, font: ImageFont.FreeTypeFont) -> Iterator[str]:
    line = ""
    for word in _keep_drawable(text, font).split():
        longer = f"{line} {word}".lstrip()
        if line and font.getlength(longer) > WIDTH - 2 * MARGIN:
            yield line
            longer = word
        line = longer
    if line:
        yield _fit_line(line, font)


def _fit_line(text: str, font: ImageFont.FreeTypeFont, width: int = WIDTH - 2 * MARGIN) -> str:
    """Return the text, cut with an ellipsis where it is wider than ``width`` pixels."""
    text = " ".join(_keep_drawable(text, font).split())
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _keep_drawable(text: str, font: ImageFont.FreeTypeFont) -> str:
    unknown = bytes(font.getmask(MISSING))
    letters = {letter for letter in text if not letter.isspace()}
    lacks = any(bytes(font.getmask(letter)) == unknown for letter in letters)
    return "" if lacks else text


def _sans(size: int) -> ImageFont.FreeTypeFont:
    return _load("font_source_sans_pro", "SourceSansPro-Regular.otf", size)


def _strong(size: int) -> ImageFont.FreeTypeFont:
    return _load("font_source_sans_pro", "SourceSansPro-Semibold.otf", size)


@cache
def _load(package: str, name: str, size: int) -> ImageFont.FreeTypeFont:
    data = (files(package) / "files" / name).read_bytes()
    return ImageFont.truetype(BytesIO(data), size, layout_engine=ImageFont.Layout.BASIC)
