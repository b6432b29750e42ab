"""Drawn pictures for the demonstration's first campaign: its own, and one for each section."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageDraw

from petition.campaigns.campaign_pictures import save_picture

SIZE = (1200, 630)
SKY, GROUND, WALL, DARK, LIGHT, RED = (
    "#e5eff3",
    "#c9d5c0",
    "#f6f4ef",
    "#1a2129",
    "#fffefb",
    "#a6211b",
)


@dataclass(frozen=True, slots=True)
class InventedPicture:
    """A picture; ``section``: 0 for the campaign's own. ``watched``: the people in a frame."""

    section: int
    alt: str
    watched: tuple[int, ...]
    camera: bool


PICTURES = (
    InventedPicture(0, "Drawing: people walk past a county building with a camera.", (), True),
    InventedPicture(1, "Drawing: a camera draws a frame around every face.", (0, 1, 2, 3, 4), True),
    InventedPicture(2, "Drawing: of five people, the camera has framed the wrong one.", (3,), True),
    InventedPicture(3, "Drawing: the same people and building, without a camera.", (), False),
)


def save_pictures(slug: str) -> None:
    """Store the pictures of a campaign, in place of earlier ones."""
    for picture in PICTURES:
        name = f"{slug}-{picture.section}.png"
        save_picture(slug, picture.section, name, draw_picture(picture), picture.alt)


def draw_picture(picture: InventedPicture) -> bytes:
    """Return the picture as a PNG of some 10 kB."""
    image = Image.new("RGB", SIZE, SKY)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 470, 1200, 630), fill=GROUND)
    _draw_building(pen)
    if picture.camera:
        pen.line((951, 190, 951, 210), fill=DARK, width=8)
        pen.rectangle((858, 196, 930, 226), fill=DARK)
        pen.rectangle((930, 205, 972, 215), fill=DARK)
        pen.ellipse((846, 200, 870, 222), fill=RED)
    for number in range(5):
        _draw_person(pen, number, number in picture.watched)
    stored = BytesIO()
    image.quantize(32, dither=Image.Dither.NONE).save(stored, "PNG", optimize=True)
    return stored.getvalue()


def _draw_building(pen: ImageDraw.ImageDraw) -> None:
    pen.polygon(((560, 190), (870, 80), (1180, 190)), fill="#0b5a78")
    pen.rectangle((590, 190, 1150, 480), fill=WALL)
    for column in range(6):
        left = 622 + column * 92
        pen.rectangle((left, 230, left + 34, 480), fill="#dcd7cb")
    pen.rectangle((560, 470, 1180, 492), fill="#757d85")


def _draw_person(pen: ImageDraw.ImageDraw, number: int, is_watched: bool) -> None:
    # Away from the sides, which pages cut off where they need another shape.
    x, y = 210 + number * 125, 330 + 18 * (number % 2)
    coats = ("#7a1f3d", "#1b6a42", "#7b4d00", "#4a2b6b", "#3c4a1e")
    skins = ("#8d5a3b", "#e2b48c", "#5c3a21", "#c68e65", "#f0c9a4")
    pen.rounded_rectangle((x - 42, y + 52, x + 42, y + 240), 30, fill=coats[number])
    pen.ellipse((x - 34, y - 30, x + 34, y + 46), fill=skins[number])
    if is_watched:
        pen.rectangle((x - 52, y - 48, x + 52, y + 62), outline=RED, width=7)
