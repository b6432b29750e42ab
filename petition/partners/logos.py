"""Logos of organizations."""

from petition.validation.pictures import LARGEST as LARGEST
from petition.validation.pictures import tell_picture_type


def tell_logo_type(name: str, picture: bytes) -> str:
    """Return the media type of a logo; raises ImportRefused as ``tell_picture_type`` does."""
    return tell_picture_type(name, picture, "logo")
