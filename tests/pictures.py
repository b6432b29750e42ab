"""Pictures as small as they can be."""

from io import BytesIO
from typing import Any

from PIL import Image


def make_picture(kind: str = "PNG", size: tuple[int, int] = (2, 2), **options: Any) -> bytes:
    """Return a picture of one color; ``kind``: PNG, JPEG, WEBP, GIF."""
    stored = BytesIO()
    Image.new("1" if kind == "PNG" else "L", size).save(stored, kind, **options)
    return stored.getvalue()
