"""The outcome for an address: its districts, or the reason for review."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from petition.geocoding.geocoder import Location
from petition.models.signatures.signature import (
    MAILBOX_ELSEWHERE,
    MOVED_AFTER_LETTER,
    MOVED_TWICE,
    UNREADABLE,
)


class ReviewReason(StrEnum):
    """Why a signature is in review and not counted until staff or its signer resolve it."""

    ADDRESS_NOT_FOUND = "address-not-found"
    MILITARY_ADDRESS = "military-address"
    OUTSIDE_STATE = "outside-state"  # the location found is not in the state given
    OTHER_POSTAL_CODE = "other-postal-code"
    NEEDS_ADDRESS = "needs-address"  # no street was given, and the ZIP lies in several districts
    # No street was found and the ZIP lies in several; signers know these districts by name.
    SEVERAL_COUNTIES = "several-counties"
    SEVERAL_TOWNS = "several-towns"
    AMBIGUOUS_ADDRESS = "ambiguous-address"  # several locations fit
    NO_DISTRICT = "no-district"
    # the signer's data cannot be decrypted (petition/transitions/unreadable_signatures.py)
    UNREADABLE = UNREADABLE
    # The district is known; it is counted there later (petition/locating/repeat_movers.py).
    MOVED_AFTER_LETTER = MOVED_AFTER_LETTER  # a letter of another district has named the mailbox
    MOVED_TWICE = MOVED_TWICE  # it has left a third district within 90 days
    MAILBOX_ELSEWHERE = (
        MAILBOX_ELSEWHERE  # another person with the mailbox is counted in another district
    )


BY_NAME = frozenset({ReviewReason.SEVERAL_COUNTIES, ReviewReason.SEVERAL_TOWNS})


class FoundBy(StrEnum):
    """How a district was found."""

    POLYGON = "polygon"
    POSTAL_COUNTY = "postal_county"  # the list of ZIPs names it, and the ZIP's point lies in it
    POSTAL_AREA = "postal_area"  # the whole area of the ZIP lies in it
    AT_LARGE = "at_large"  # the state has no other
    SIGNER = "signer"  # its signer was asked, and chose it by name
    STAFF = "staff"  # chosen by staff


@dataclass(frozen=True, slots=True)
class FoundDistrict:
    """A district of a layer, and how it was found."""

    district_id: int
    found_by: FoundBy


@dataclass(slots=True)
class Outcome:
    """The outcome for one address.

    - ``placements`` by layer; with a ``reason``, the ones that are certain nevertheless.
    - ``over``: the overlay districts of those, by layer.
    - ``skipped``: the layers that correctly have no district there.
    - ``candidates``: the ids of the possible districts of the other layers.
    - ``reason``: why it goes to review; None where it does not.
    - ``retry``: something was unavailable; try again later.
    """

    location: Location | None = None
    placements: dict[str, FoundDistrict] = field(default_factory=dict)
    over: dict[str, list[FoundDistrict]] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    candidates: set[int] = field(default_factory=set)
    reason: ReviewReason | None = None
    retry: bool = False

    def list_found(self) -> list[tuple[str, FoundDistrict]]:
        """Return each layer with each district found in it, overlays last."""
        over = [(layer, found) for layer, more in self.over.items() for found in more]
        return [*self.placements.items(), *over]

    def take(self, layer: str, found: FoundDistrict, over: Sequence[FoundDistrict] = ()) -> None:
        """Place it in a district of the layer, and in the overlays of that one."""
        self.placements[layer] = found
        if over:
            self.over[layer] = list(over)

    def refuse(self, reason: ReviewReason) -> None:
        """Send it to review; the first reason stays, unless a name alone would resolve it."""
        if self.reason is None or self.reason in BY_NAME:
            self.reason = reason
