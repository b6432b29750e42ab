"""What was found out about an address: its districts, or why a person must look."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from petition.geocoding.geocoder import Location
from petition.models.signature import MAILBOX_ELSEWHERE, MOVED_AFTER_LETTER, MOVED_TWICE, UNREADABLE


class ReviewReason(StrEnum):
    """Why a signature is counted nowhere until a person or its signer settles it."""

    ADDRESS_NOT_FOUND = "address-not-found"
    MILITARY_ADDRESS = "military-address"
    OUTSIDE_STATE = "outside-state"  # the place found is not in the state that the signer wrote
    OTHER_POSTAL_CODE = "other-postal-code"
    NEEDS_ADDRESS = "needs-address"  # no street was given, and the ZIP lies in several districts
    # No street was found, and the ZIP does not tell which it is: people know that by its name.
    SEVERAL_COUNTIES = "several-counties"
    SEVERAL_TOWNS = "several-towns"
    AMBIGUOUS_ADDRESS = "ambiguous-address"  # it could be in several places
    NO_DISTRICT = "no-district"
    # what its signer wrote does not open (petition/transitions/unreadable_signatures.py)
    UNREADABLE = UNREADABLE
    # Where it lies is known; it is counted there later (petition/locating/repeat_movers.py).
    MOVED_AFTER_LETTER = MOVED_AFTER_LETTER  # a letter of another district has named the mailbox
    MOVED_TWICE = MOVED_TWICE  # it has left a third district within 90 days
    MAILBOX_ELSEWHERE = MAILBOX_ELSEWHERE  # who shares the mailbox is counted in another district


BY_NAME = frozenset({ReviewReason.SEVERAL_COUNTIES, ReviewReason.SEVERAL_TOWNS})


class FoundBy(StrEnum):
    """How a district was found."""

    POLYGON = "polygon"
    POSTAL_COUNTY = "postal_county"  # the list of ZIPs names it, and the ZIP's point lies in it
    POSTAL_AREA = "postal_area"  # the whole area of the ZIP lies in it
    AT_LARGE = "at_large"  # the state has no other
    SIGNER = "signer"  # its signer was asked, and chose it by name
    STAFF = "staff"  # a person settled it


@dataclass(frozen=True, slots=True)
class FoundDistrict:
    """A district of a layer, and how it was found."""

    district_id: int
    found_by: FoundBy


@dataclass(slots=True)
class Outcome:
    """What was found out about one address.

    - ``placements`` by layer; where there is a ``reason``, those that are certain all the same.
    - ``over``: the districts that lie over those, by layer.
    - ``skipped``: the layers that have no district where it lies, which is right so.
    - ``candidates``: the ids of the districts that the other layers' could be.
    - ``reason``: why it goes to review.
    - ``retry``: something was not available; ask again later.
    """

    location: Location | None = None
    placements: dict[str, FoundDistrict] = field(default_factory=dict)
    over: dict[str, list[FoundDistrict]] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    candidates: set[int] = field(default_factory=set)
    reason: ReviewReason | None = None
    retry: bool = False

    def list_found(self) -> list[tuple[str, FoundDistrict]]:
        """Return each layer with each district that was found of it, those over others last."""
        over = [(layer, found) for layer, more in self.over.items() for found in more]
        return [*self.placements.items(), *over]

    def take(self, layer: str, found: FoundDistrict, over: Sequence[FoundDistrict] = ()) -> None:
        """Place it in a district of the layer, and in those that lie over that one."""
        self.placements[layer] = found
        if over:
            self.over[layer] = list(over)

    def refuse(self, reason: ReviewReason) -> None:
        """Send it to review; the first reason stays, but for one that a name alone would settle."""
        if self.reason is None or self.reason in BY_NAME:
            self.reason = reason
