"""What each state of a delivery means for the person who reads the log, and how old one is."""

from datetime import datetime, timedelta

from petition.models import DeliveryState

D = DeliveryState
NEXT = {
    D.QUEUED: "Its letter is being made.",
    D.RENDERED: "Its letter is ready and is sent next.",
    D.SENDING: "It is being sent now.",
    D.ACCEPTED: "Handed over. Nothing to do unless it comes back.",
    D.DELIVERED: "The office has it. Nothing to do.",
    D.RETRY_WAIT: "It is tried again by itself.",
    D.FAILED: "Check the office's address, then send it again.",
    D.BOUNCED: "It came back. Check the office's address, then send it again.",
    D.UNKNOWN: "Ask the office whether it came, then record the answer.",
    D.HELD: "It waits for what is named here.",
    D.CANCELLED: "It is not sent.",
}
UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def describe_age(since: datetime, now: datetime) -> str:
    """Return how long ago a moment is, in the largest whole unit: ``3 days``."""
    seconds = max(now - since, timedelta()).total_seconds()
    for unit, length in UNITS:
        number = int(seconds // length)
        if number:
            return f"{number:,} {unit}{'' if number == 1 else 's'}"
    return "under a minute"
