"""Small pictures in script-free formats, recognized by their first bytes and not by their names."""

from petition.core.errors import ImportRefused

LARGEST = 100_000  # bytes; a page with ten of them is still light
KINDS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"RIFF": "image/webp",
}


def tell_picture_type(name: str, picture: bytes, kind: str = "picture") -> str:
    """Return the media type of a picture; ``name`` is the file's, ``kind`` for the refusal.

    - Raises ImportRefused for any other kind (an SVG may hold a script) and for a large one.
    """
    if len(picture) > LARGEST:
        raise ImportRefused(
            f"{name}: {len(picture):,} bytes; a {kind} has at most {LARGEST:,}: make it smaller"
        )
    for start, media_type in KINDS.items():
        if picture.startswith(start) and (start != b"RIFF" or picture[8:12] == b"WEBP"):
            return media_type
    raise ImportRefused(f"{name}: not a PNG, JPEG or WebP picture; save it as one of these")
