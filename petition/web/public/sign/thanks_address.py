"""The URL of the page of thanks, valid for ten minutes and in the browser that signed.

Our pages set no cookie, so the URL itself has to show that someone has just signed. It contains the
minute, the ZIP and which row was stored (petition/signing/just_signed.py), sealed with the
browser's User-Agent and a new nonce for each signing. Opened later, in another browser or from a
shared link, it reveals nothing.
"""

import struct
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache

from flask import request, url_for

from petition.core.clock import utcnow
from petition.core.errors import ConfigurationError
from petition.core.sealing import get_sealer, read_text, write_text
from petition.postal.zip_places import ZipPlace, known_postal_code
from petition.signing.just_signed import JustSigned, pack, unpack
from petition.web.embed.schemes import get_scheme
from petition.web.languages import find_choice

GOOD_FOR = timedelta(minutes=10)
AHEAD = 1  # minutes that another host's clock may be ahead
MINUTE = 60  # seconds
LAYOUT = struct.Struct(">I")
REMEMBERED = 1_000  # cached URLs without the sealed part: one for each campaign and language
LONGEST_AGENT = 300  # characters of User-Agent
FIELD = "near"  # in the query of the URL
MARK = "sealed"
NOBODY_SIGNED = JustSigned()
# What may follow the ZIP: that a street was given, and that the mailbox is confirmed.
BY_STREET = "street"
CONFIRMED = "confirmed"
# Sec-Fetch-Site of a URL that was typed, pasted, or followed from another site.
FROM_ELSEWHERE = ("none", "cross-site")


@dataclass(frozen=True, slots=True)
class Thanked:
    """A signer who has just signed.

    - ``place`` is that of their ZIP, None for an unknown one. ``told``: see ``name_thanks``.
      ``signed``: the row that was stored, and what was chosen so far.
    """

    place: ZipPlace | None
    told: str
    signed: JustSigned


def name_thanks(
    endpoint: str, slug: str, postal_code: str, told: str = "", signed: JustSigned = NOBODY_SIGNED
) -> str:
    """Return the URL of the page of thanks for a signer who has signed now.

    - ``told``: what was given besides the ZIP, separated by spaces: ``BY_STREET``, ``CONFIRMED``,
      and the districts that were named (petition/models/signatures/home.py). ``signed``: the row
      that was stored; without one the page asks nothing more.
    - It has the same form for a first signing, a repeated one and a suspected bot's; each is
      unique.
    """
    place = known_postal_code(postal_code)
    code = place.postal_code if place else ""
    held = replace(signed, told=f"{code} {told}".rstrip())
    return name_thanks_of(endpoint, slug, held)


def name_thanks_of(endpoint: str, slug: str, signed: JustSigned) -> str:
    """Return the same for a signer whose ZIP and home are already in ``signed``."""
    plain = LAYOUT.pack(_count_minutes()) + pack(signed)
    sealed = write_text(get_sealer().seal(plain, _name_purpose(slug, _read_agent())))
    before, after = _name(request.script_root, endpoint, slug, find_choice(), get_scheme())
    return f"{before}{sealed}{after}"


def read_thanks(slug: str) -> Thanked | None:
    """Return the signer to thank by the URL of the request; None for other visitors."""
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
    signed = unpack(plain[LAYOUT.size :])
    code, _, told = signed.told.partition(" ")
    return Thanked(known_postal_code(code), told, signed)


@lru_cache(REMEMBERED)
def _name(
    root: str, endpoint: str, slug: str, language: str | None, scheme: str
) -> tuple[str, str]:
    # Cached by everything that ``url_for`` reads of a request; only the sealed part changes.
    before, _, after = url_for(endpoint, slug=slug, near=MARK).rpartition(MARK)
    return before, after


def _name_purpose(slug: str, agent: str) -> str:
    return f"thanks {slug} {agent}"


def _read_agent() -> str:
    return request.headers.get("User-Agent", "")[:LONGEST_AGENT]


def _count_minutes() -> int:
    return int(utcnow().timestamp()) // MINUTE
