"""A ZIP in the address of a page, sealed: no log of addresses learns where somebody lives."""

from functools import lru_cache

from flask import request

from petition.geography.postal import ZipPlace, known_postal_code
from petition.sealing import Sealer, get_sealer, read_text, write_text

PURPOSE = "place"
FIELD = "near"  # of a page's address
# What else is told beside a ZIP: a street that decides, and that the mailbox was confirmed.
BY_STREET = "street"
CONFIRMED = "confirmed"
REMEMBERED = 10_000  # ZIP codes: many neighbors sign from one


def seal_place(postal_code: str, told: str = "") -> str | None:
    """Return a ZIP as the page's address carries it; None for what is none.

    - ``told``: what else was given, in words with blanks between: ``BY_STREET``, ``CONFIRMED``, and
      the districts that were named (petition/models/home.py).
    """
    place = known_postal_code(postal_code)
    if place is None:
        return None
    return _seal(get_sealer(), f"{place.postal_code} {told}".strip())


def read_place() -> ZipPlace | None:
    """Return the place that the address of the page carries, if it does."""
    return open_place(request.args.get(FIELD, ""))


def read_told() -> str:
    """Return what else was given, as ``seal_place`` says; empty where the ZIP is all."""
    return _open(request.args.get(FIELD, "")).partition(" ")[2]


def open_place(token: str) -> ZipPlace | None:
    """Return the place that was sealed; None for anything else."""
    return known_postal_code(_open(token).partition(" ")[0])


def _open(token: str) -> str:
    try:
        sealed = read_text(token)
    except ValueError:
        return ""
    words = get_sealer().open_evenly(sealed, PURPOSE) if sealed else None
    return words.decode() if words else ""


@lru_cache(REMEMBERED)
def _seal(sealer: Sealer, words: str) -> str:
    return write_text(sealer.seal_evenly(words.encode(), PURPOSE))
