"""How far the districts of a ZIP are, and who receives there: for whoever signs or has signed."""

from contextlib import suppress
from dataclasses import dataclass

from petition.counting.progress import Progress, read_progress_of
from petition.errors import NotFound, Retryable
from petition.geography.near import find_near
from petition.geography.postal import ZipPlace
from petition.models import Campaign
from petition.officials.recipients import Recipient, list_recipients


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a district is, and who receives its letters."""

    progress: Progress
    recipients: list[Recipient]


def list_standings(campaign: Campaign, place: ZipPlace | None) -> list[Standing]:
    """Return the districts that a ZIP decides; none while nobody can say."""
    if place is None:
        return []
    try:
        found = find_near(place, campaign.layers).districts.values()
    except Retryable:
        return []  # the page is good without
    standings = []
    for district_id in found:
        with suppress(NotFound):  # it went out of force just now
            standings.append(read_standing(campaign, district_id))
    return standings


def read_standing(campaign: Campaign, district_id: int) -> Standing:
    """Return how one district stands; raises NotFound."""
    progress = read_progress_of(campaign, district_id)
    receive = list_recipients(progress.division_id, progress.layer, campaign.recipients)
    return Standing(progress, receive)
