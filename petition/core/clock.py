"""The clock: aware UTC, so that no time depends on a host's time zone or daylight saving."""

from datetime import UTC, datetime


def utcnow() -> datetime:
    """Return the current time as an aware UTC datetime, in microseconds."""
    return datetime.now(UTC)
