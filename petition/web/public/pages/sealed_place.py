"""The place of a district look-up, sealed in a page's URL for an hour.

A log of URLs must not show where anyone lives: each look-up is sealed with a new nonce, so that two
tokens of one ZIP differ and cannot be compiled into a list, and an expired token is not opened.
"""

import struct
from dataclasses import dataclass
from datetime import timedelta

from flask import request

from petition.core.clock import utcnow
from petition.core.errors import ConfigurationError
from petition.core.sealing import get_sealer, read_text, write_text
from petition.postal.zip_places import ZipPlace, known_postal_code

FIELD = "near"  # in the query of a page's URL
GOOD_FOR = timedelta(hours=1)
AHEAD = 60  # seconds that another host's clock may be ahead
# The time and the ZIP; after them the ids of the districts that the street determined.
LAYOUT = struct.Struct(">I5s")
DISTRICT = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class LookUp:
    """A look-up: ``district_ids`` are those of the street; empty for a look-up by ZIP only."""

    place: ZipPlace
    district_ids: tuple[int, ...] = ()


def seal_look_up(slug: str, look_up: LookUp) -> str:
    """Return a look-up for a campaign, sealed for the URL of its pages."""
    plain = LAYOUT.pack(_read_clock(), look_up.place.postal_code.encode())
    plain += b"".join(DISTRICT.pack(district_id) for district_id in look_up.district_ids)
    return write_text(get_sealer().seal(plain, _name_purpose(slug)))


def read_look_up(slug: str) -> LookUp | None:
    """Return the look-up in the URL of the request; None where it has no valid one."""
    return open_look_up(slug, request.args.get(FIELD, ""))


def open_look_up(slug: str, token: str) -> LookUp | None:
    """Return the look-up sealed for the campaign within the last hour; None for anything else."""
    try:
        plain = get_sealer().open(read_text(token), _name_purpose(slug))
        moment, code = LAYOUT.unpack_from(plain)
        ids = tuple(found for (found,) in DISTRICT.iter_unpack(plain[LAYOUT.size :]))
    except (ValueError, struct.error, ConfigurationError):
        return None
    if not -AHEAD <= _read_clock() - moment < GOOD_FOR.total_seconds():
        return None
    place = known_postal_code(code.decode())
    return LookUp(place, ids) if place else None


def _name_purpose(slug: str) -> str:
    return f"place {slug}"


def _read_clock() -> int:
    return int(utcnow().timestamp())
