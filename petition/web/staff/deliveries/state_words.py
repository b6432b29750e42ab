"""What each state and hold of a delivery means for who reads the log, and how old one is."""

from datetime import datetime, timedelta

from petition.models import DeliveryState

D = DeliveryState
NEXT = {
    D.QUEUED: "Its letter is being made.",
    D.RENDERED: "Its letter is ready and will be sent next.",
    D.SENDING: "It is being sent now.",
    D.ACCEPTED: "Handed over. Nothing to do unless it bounces.",
    D.DELIVERED: "The office has it. Nothing to do.",
    D.RETRY_WAIT: "It is tried again automatically.",
    D.FAILED: "Check the office's address, then send it again.",
    D.BOUNCED: "It bounced. Check the office's address, then send it again.",
    D.UNKNOWN: "Ask the office whether it came, then record the answer.",
    D.HELD: "It waits until the reason shown here no longer applies.",
    D.CANCELLED: "It is not sent.",
}
OBSTACLES = {
    "below-milestone": "signers have left the count, and the district is below this hundred again",
    "superseded": "another letter replaced it",
    "names": "someone named in it has left the count",
    "comments": "different comments are now to be printed in it",
    "replies": "different signers would now like an answer to it",
    "amended": "someone named in it has corrected their name or words",
    "addressee": "the holder of the post or the office's address has changed",
    "vacant": "no one holds the post",
    "no-address": "the post has no address for this channel",
    "not-rendered": "the letter could not be made",
    "milestone-held": "its hundred is held for staff to check",
    "held-by-staff": "staff hold it until they release it",
    "not-cleared": "its hundred is being checked again",
    "redistricted": "new boundaries took effect first; the new district's letter is sent instead",
}
UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def explain_hold(reason: str | None) -> str:
    """Return why a delivery is held, as half a sentence."""
    return OBSTACLES.get(reason or "", reason or "no reason was recorded")


def describe_age(since: datetime, now: datetime) -> str:
    """Return how long ago a moment is, in the largest whole unit: ``3 days``."""
    seconds = max(now - since, timedelta()).total_seconds()
    for unit, length in UNITS:
        number = int(seconds // length)
        if number:
            return f"{number:,} {unit}{'' if number == 1 else 's'}"
    return "under a minute"
