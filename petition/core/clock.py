"""The one clock: aware UTC, so that no host's time zone or daylight saving can move anything."""

from datetime import UTC, datetime


def utcnow() -> datetime:
    """Return the present moment as an aware UTC datetime, in microseconds."""
    return datetime.now(UTC)
