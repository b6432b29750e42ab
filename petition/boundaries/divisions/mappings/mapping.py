"""The interface of a mapping, and how its file is read."""

from pathlib import Path
from typing import Protocol

from petition.core.errors import ImportRefused

# OpenStates' file for the whole country has 60 kB, Open Civic Data's for all places 4 MB.
LARGEST_BYTES = 64 * 2**20
ROOT = "ocd-division/country:us"


class IdMapping(Protocol):
    """A mapping from GEOIDs to division ids."""

    def find(self, layer: str, geoid: str) -> str | None:
        """Return the division id of the layer's area with this GEOID; None when it has none."""
        ...


def read_text(path: Path) -> str:
    """Return a mapping's text.

    - Raises ImportRefused when it is not UTF-8, too large, or cannot be read.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise ImportRefused(
                f"{path.name}: too large to be a mapping of division ids; check that it is the "
                "right file"
            )
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ImportRefused(
            f"{path.name}: not readable text in UTF-8 ({type(error).__name__}); give the file "
            "unchanged, as downloaded"
        ) from error
