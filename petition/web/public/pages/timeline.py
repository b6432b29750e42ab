"""What has happened in a campaign: opened, its letters, closed, the campaign that follows."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from petition.campaigns.successors import Successor
from petition.letters.public_letters import LetterLine, list_sent
from petition.models import Campaign

LETTERS_SHOWN = 5


class TimelineKind(StrEnum):
    """The kinds of entries."""

    OPENED = "opened"
    LETTER = "letter"
    CLOSES = "closes"
    CLOSED = "closed"
    FOLLOWED = "followed"


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One event. ``at``: None where its day is not known; ``letter`` and ``successor`` by kind."""

    kind: TimelineKind
    at: datetime | None
    letter: LetterLine | None = None
    successor: Successor | None = None


def list_timeline(
    campaign: Campaign, successor: Successor | None, now: datetime
) -> list[TimelineEntry]:
    """Return the events of a campaign that has opened, the latest first; of letters the last few.

    - A campaign that is not open yet has none.
    """
    opened_at = campaign.opens_at
    if opened_at and opened_at > now:
        return []
    entries = []
    if successor:
        entries.append(TimelineEntry(TimelineKind.FOLLOWED, None, successor=successor))
    ends_at = campaign.closes_at
    if campaign.is_closed(now):
        passed = ends_at if ends_at and ends_at <= now else None
        entries.append(TimelineEntry(TimelineKind.CLOSED, passed))
    elif ends_at:
        entries.append(TimelineEntry(TimelineKind.CLOSES, ends_at))
    entries += [
        TimelineEntry(TimelineKind.LETTER, line.sent_at, letter=line)
        for line in list_sent(campaign.id, LETTERS_SHOWN)
    ]
    if opened_at:
        entries.append(TimelineEntry(TimelineKind.OPENED, opened_at))
    return entries
