"""What was found out about an address: its districts, or why a person must look."""

from dataclasses import dataclass, field
from enum import StrEnum

from petition.geography.geocoders.protocol import Location
from petition.models.signature import MAILBOX_ELSEWHERE, MOVED_AFTER_LETTER, MOVED_TWICE


class ReviewReason(StrEnum):
    """Why a signature is counted nowhere until a person or its signer settles it."""

    ADDRESS_NOT_FOUND = "address-not-found"
    MILITARY_ADDRESS = "military-address"
    OUTSIDE_STATE = "outside-state"  # the place found is not in the state that the signer wrote
    OTHER_POSTAL_CODE = "other-postal-code"
    NEEDS_ADDRESS = "needs-address"  # no street was given, and the ZIP lies in several districts
    AMBIGUOUS_ADDRESS = "ambiguous-address"  # it could be in several places
    NO_DISTRICT = "no-district"
    # Where it lies is known; it is counted there later (petition/geography/moving.py).
    MOVED_AFTER_LETTER = MOVED_AFTER_LETTER  # a letter of another district has named the mailbox
    MOVED_TWICE = MOVED_TWICE  # it has left a third district within 90 days
    MAILBOX_ELSEWHERE = MAILBOX_ELSEWHERE  # who shares the mailbox is counted in another district


class FoundBy(StrEnum):
    """How a district was found."""

    POLYGON = "polygon"
    POSTAL_COUNTY = "postal_county"
    POSTAL_AREA = "postal_area"  # the whole area of the ZIP lies in it
    AT_LARGE = "at_large"  # the state has no other
    STAFF = "staff"  # a person settled it


@dataclass(frozen=True, slots=True)
class Found:
    """A district of a layer, and how it was found."""

    district_id: int
    found_by: FoundBy


@dataclass(slots=True)
class Outcome:
    """What was found out about one address.

    - ``placements`` by layer; where there is a ``reason``, those that are certain all the same.
    - ``over``: the districts that lie over those, by layer.
    - ``candidates``: the ids of the districts that the other layers' could be.
    - ``reason``: why it goes to review.
    - ``retry``: something was not available; ask again later.
    """

    location: Location | None = None
    placements: dict[str, Found] = field(default_factory=dict)
    over: dict[str, list[Found]] = field(default_factory=dict)
    candidates: set[int] = field(default_factory=set)
    reason: ReviewReason | None = None
    retry: bool = False

    def list_found(self) -> list[tuple[str, Found]]:
        """Return each layer with each district that was found of it, those over others last."""
        over = [(layer, found) for layer, more in self.over.items() for found in more]
        return [*self.placements.items(), *over]

    def refuse(self, reason: ReviewReason) -> None:
        """Send it to review; the first reason stays."""
        self.reason = self.reason or reason
