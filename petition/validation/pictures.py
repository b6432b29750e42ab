"""Small pictures in script-free formats, recognized by their content and not by their names."""

from io import BytesIO

from petition.core.errors import ImportRefused

LARGEST = 100_000  # bytes; a page with ten of them is still light
# A file of a few kB may unfold into billions: browsers, and a letter's rendering, hold all of them.
MOST_PIXELS = 16_000_000
KINDS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_GPS = 0x8825  # the EXIF tag of the place
_GPS_IN_XMP = b"exif:GPS"


def tell_picture_type(name: str, picture: bytes, kind: str = "picture") -> str:
    """Return the media type of a picture; ``name`` is the file's, ``kind`` for the refusal.

    - Raises ImportRefused for any other kind (an SVG may hold a script), a large one, one that
      cannot be read whole, and one that tells where it was taken: everybody can read that.
    """
    if len(picture) > LARGEST:
        raise ImportRefused(
            f"{name}: {len(picture):,} bytes; a {kind} has at most {LARGEST:,}: make it smaller"
        )
    # Not at the top: most commands never look at a picture.
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(BytesIO(picture), formats=tuple(KINDS))
        if image.width * image.height > MOST_PIXELS:
            raise Image.DecompressionBombError
        image.load()
        if not _is_whole(str(image.format), picture):
            raise EOFError
        is_placed = bool(image.getexif().get_ifd(_GPS)) or _GPS_IN_XMP in picture
    except UnidentifiedImageError:
        raise ImportRefused(
            f"{name}: not a PNG, JPEG or WebP picture; save it as one of these"
        ) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImportRefused(f"{name}: more than {MOST_PIXELS:,} pixels: make it smaller") from None
    except Exception:  # the decoders raise errors of many kinds for what is broken
        raise ImportRefused(
            f"{name}: part of it is missing or damaged; save the picture again"
        ) from None
    if is_placed:
        raise ImportRefused(
            f"{name}: it contains the place where it was taken (GPS); save it without that, for "
            "example as a screenshot"
        )
    return KINDS[str(image.format)]


def _is_whole(kind: str, picture: bytes) -> bool:
    """Return whether a picture has its end.

    - Pillow fills what is missing once WeasyPrint was imported, which sets it so for all.
    """
    if kind == "PNG":
        return b"IEND" in picture[-16:]
    if kind == "JPEG":
        return picture.rstrip(b"\0").endswith(b"\xff\xd9")
    return int.from_bytes(picture[4:8], "little") + 8 <= len(picture)
