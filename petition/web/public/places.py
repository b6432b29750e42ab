"""A ZIP in the address of a page, sealed: no log of addresses learns where somebody lives."""

from functools import lru_cache

from flask import request

from petition.geography.postal import ZipPlace, known_postal_code
from petition.sealing import Sealer, get_sealer, read_text, write_text

PURPOSE = "place"
FIELD = "near"  # of a page's address
REMEMBERED = 10_000  # ZIP codes: many neighbors sign from one


def seal_place(postal_code: str) -> str | None:
    """Return a ZIP as the page's address carries it; None for what is none."""
    place = known_postal_code(postal_code)
    if place is None:
        return None
    return _seal(get_sealer(), place.postal_code)


def read_place() -> ZipPlace | None:
    """Return the place that the address of the page carries, if it does."""
    return open_place(request.args.get(FIELD, ""))


def open_place(token: str) -> ZipPlace | None:
    """Return the place that was sealed; None for anything else."""
    try:
        sealed = read_text(token)
    except ValueError:
        return None
    code = get_sealer().open_evenly(sealed, PURPOSE) if sealed else None
    return known_postal_code(code.decode()) if code else None


@lru_cache(REMEMBERED)
def _seal(sealer: Sealer, code: str) -> str:
    return write_text(sealer.seal_evenly(code.encode(), PURPOSE))
