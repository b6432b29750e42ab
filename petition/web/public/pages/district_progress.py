"""How far the districts of a ZIP are, and who receives there: for whoever signs or has signed."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from petition.core.errors import NotFound, Retryable
from petition.counting.progress import Progress, read_progress_of
from petition.locating.address_lookup import find_near
from petition.models import Campaign
from petition.officials.recipients import LetterRecipient, list_recipients
from petition.postal.zip_places import ZipPlace


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a district is, and who receives its letters."""

    progress: Progress
    recipients: list[LetterRecipient]


def list_standings(campaign: Campaign, place: ZipPlace | None, home: str = "") -> list[Standing]:
    """Return the districts that a ZIP decides, or ``home`` names; none while nobody can say."""
    if place is None:
        return []
    try:
        found = find_near(place, campaign.layers, home=home).list_ids()
    except Retryable:
        return []  # the page is good without
    return read_standings(campaign, found)


def read_standings(campaign: Campaign, district_ids: Iterable[int]) -> list[Standing]:
    """Return how these districts stand; one that went out of force just now is left out."""
    standings = []
    for district_id in district_ids:
        with suppress(NotFound):
            progress = read_progress_of(campaign, district_id)
            receive = list_recipients(progress.division_id, progress.layer, campaign.recipients)
            standings.append(Standing(progress, receive))
    return standings
