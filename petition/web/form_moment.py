"""When a sign form was rendered: sealed in it, so that an older moment cannot be forged."""

import struct
from collections.abc import Mapping
from datetime import UTC, datetime

from petition.core.clock import utcnow
from petition.core.errors import ConfigurationError
from petition.core.sealing import get_sealer, read_text, write_text

MOMENT = "drawn"  # the form's field
LAYOUT = struct.Struct(">d")


def seal_moment() -> str:
    """Return the current time, sealed for the form."""
    return write_text(get_sealer().seal(LAYOUT.pack(utcnow().timestamp()), MOMENT))


def read_moment(text: str) -> datetime | None:
    """Return the time sealed in the form; None for none, and for one that is forged."""
    try:
        (drawn,) = LAYOUT.unpack(get_sealer().open(read_text(text), MOMENT))
        return datetime.fromtimestamp(drawn, UTC)
    except (ValueError, OverflowError, struct.error, ConfigurationError):
        return None


def tell_seconds(text: str, drawn: datetime | None) -> float | None:
    """Return how many seconds ago the form was rendered.

    - None where the field is missing, or its time is in the future by this host's clock.
    - 0 where it is forged.
    """
    if drawn is None:
        return 0.0 if text else None
    seconds = (utcnow() - drawn).total_seconds()
    return seconds if seconds >= 0 else None


def keep_moment(form: Mapping[str, str]) -> dict[str, str]:
    """Return the form's values to show again: with its first time, unless that is forged."""
    kept = dict(form)
    if read_moment(kept.get(MOMENT, "")) is None:
        kept.pop(MOMENT, None)
    return kept
