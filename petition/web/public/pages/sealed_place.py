"""Where somebody looks who receives their letters, sealed in the address of a page for an hour.

No log of addresses learns where anybody lives: each look-up is sealed anew, so that no two tokens
of one ZIP are alike and nobody can make a list of them, and a token that is found later opens
nothing.
"""

import struct
from dataclasses import dataclass
from datetime import timedelta

from flask import request

from petition.core.clock import utcnow
from petition.core.errors import ConfigurationError
from petition.core.sealing import get_sealer, read_text, write_text
from petition.postal.zip_places import ZipPlace, known_postal_code

FIELD = "near"  # of a page's address
GOOD_FOR = timedelta(hours=1)
AHEAD = 60  # seconds that another host's clock may be ahead
# The moment and the ZIP; behind them the ids of the districts that a street told.
LAYOUT = struct.Struct(">I5s")
DISTRICT = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class LookUp:
    """What was looked up: ``district_ids`` are those of the street; none where only a ZIP was."""

    place: ZipPlace
    district_ids: tuple[int, ...] = ()


def seal_look_up(slug: str, look_up: LookUp) -> str:
    """Return what was looked up of a campaign as the address of its pages carries it."""
    plain = LAYOUT.pack(_read_clock(), look_up.place.postal_code.encode())
    plain += b"".join(DISTRICT.pack(district_id) for district_id in look_up.district_ids)
    return write_text(get_sealer().seal(plain, _name_purpose(slug)))


def read_look_up(slug: str) -> LookUp | None:
    """Return what the address of the campaign's page carries; None where it is nothing good."""
    return open_look_up(slug, request.args.get(FIELD, ""))


def open_look_up(slug: str, token: str) -> LookUp | None:
    """Return what was sealed for the campaign within the hour; None for anything else."""
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
