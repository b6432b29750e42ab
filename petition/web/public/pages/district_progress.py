"""Progress and recipients of the districts of a ZIP code, for signers."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from petition.core.clock import utcnow
from petition.core.errors import NotFound, Retryable
from petition.counting.progress import Progress, read_progress_of
from petition.letters.public_letters import LatestLetter, list_just_sent
from petition.locating.address_lookup import find_near
from petition.models import Campaign
from petition.officials.recipients import LetterRecipient, list_recipients
from petition.postal.zip_places import ZipPlace


@dataclass(frozen=True, slots=True)
class Standing:
    """A district's progress, the recipients of its letters, and the letter that was just sent."""

    progress: Progress
    recipients: list[LetterRecipient]
    just_sent: LatestLetter | None = None


def list_standings(campaign: Campaign, place: ZipPlace | None, home: str = "") -> list[Standing]:
    """Return the districts that a ZIP determines or ``home`` names; none where they are unknown."""
    if place is None:
        return []
    try:
        found = find_near(place, campaign.layers, home=home).list_ids()
    except Retryable:
        return []  # the page works without them
    return read_standings(campaign, found)


def read_standings(campaign: Campaign, district_ids: Iterable[int]) -> list[Standing]:
    """Return the progress of these districts, without any that has just gone out of force."""
    standings = []
    ids = list(district_ids)
    sent = list_just_sent(campaign.id, ids, utcnow())
    for district_id in ids:
        with suppress(NotFound):
            progress = read_progress_of(campaign, district_id)
            receive = list_recipients(progress.division_id, progress.layer, campaign.recipients)
            standings.append(Standing(progress, receive, sent.get(district_id)))
    return standings
