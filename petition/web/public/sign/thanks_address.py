"""The address that a signer is led to: it thanks for some minutes, in the browser that signed.

Our pages set no cookie, so the address itself has to say that somebody has just signed. It is
sealed with the minute, the ZIP and what the browser calls itself, anew for each who signs; opened
later, in another browser or from a link that was passed on, it says nothing of anyone.
"""

import struct
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from flask import request, url_for

from petition.core.clock import utcnow
from petition.core.errors import ConfigurationError
from petition.core.sealing import get_sealer, read_text, write_text
from petition.postal.zip_places import ZipPlace, known_postal_code
from petition.web.languages import find_choice

GOOD_FOR = timedelta(minutes=10)
AHEAD = 1  # minutes that another host's clock may be ahead
MINUTE = 60  # seconds
LAYOUT = struct.Struct(">I")
REMEMBERED = 1_000  # addresses before they are sealed: of each campaign and language
LONGEST_AGENT = 300  # characters of what a browser calls itself
FIELD = "near"  # of the address
MARK = "sealed"
# What else is told beside a ZIP: a street that decides, and that the mailbox was confirmed.
BY_STREET = "street"
CONFIRMED = "confirmed"
# What a browser says of an address that was typed, pasted, or followed from elsewhere.
FROM_ELSEWHERE = ("none", "cross-site")


@dataclass(frozen=True, slots=True)
class Thanked:
    """Somebody who has just signed.

    - ``place`` is that of their ZIP, None where it is not known. ``told``: see ``name_thanks``.
    """

    place: ZipPlace | None
    told: str


def name_thanks(endpoint: str, slug: str, postal_code: str, told: str = "") -> str:
    """Return the address of the thanks for who has signed this very moment.

    - ``told``: what was given beside the ZIP, in words with blanks between: ``BY_STREET``,
      ``CONFIRMED``, and the districts that were named (petition/models/home.py).
    - It looks alike for a first signing, a second one and a robot's, and no two are the same.
    """
    place = known_postal_code(postal_code)
    code = place.postal_code if place else ""
    words = f"{code} {told}".rstrip()
    plain = LAYOUT.pack(_count_minutes()) + words.encode()
    sealed = write_text(get_sealer().seal(plain, _name_purpose(slug, _read_agent())))
    before, after = _name(request.script_root, endpoint, slug, find_choice())
    return f"{before}{sealed}{after}"


def read_thanks(slug: str) -> Thanked | None:
    """Return who is thanked at the address that was asked for; None for everybody else."""
    if request.headers.get("Sec-Fetch-Site") in FROM_ELSEWHERE:
        return None
    try:
        sealed = read_text(request.args.get(FIELD, ""))
        plain = get_sealer().open(sealed, _name_purpose(slug, _read_agent()))
    except (ValueError, ConfigurationError):
        return None
    (minute,) = LAYOUT.unpack_from(plain)
    age = _count_minutes() - minute
    if not -AHEAD <= age < GOOD_FOR.total_seconds() // MINUTE:
        return None
    code, _, told = plain[LAYOUT.size :].decode().partition(" ")
    return Thanked(known_postal_code(code), told)


@lru_cache(REMEMBERED)
def _name(root: str, endpoint: str, slug: str, language: str | None) -> tuple[str, str]:
    # Remembered by all that ``url_for`` reads of a request; only what is sealed changes.
    before, _, after = url_for(endpoint, slug=slug, near=MARK).rpartition(MARK)
    return before, after


def _name_purpose(slug: str, agent: str) -> str:
    return f"thanks {slug} {agent}"


def _read_agent() -> str:
    return request.headers.get("User-Agent", "")[:LONGEST_AGENT]


def _count_minutes() -> int:
    return int(utcnow().timestamp()) // MINUTE
