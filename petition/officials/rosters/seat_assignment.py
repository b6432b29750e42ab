"""Assign each person of a roster to one of a division's seats.

- A holder keeps their seat. A newcomer takes the first free one; its previous holder becomes
  former.
- A division has as many seats as it ever had holders at once; a mayor or a representative has one,
  whatever a file says.
- A person whose term does not run today needs no seat: they keep their old one, or are listed for
  one without a holder.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count


@dataclass(frozen=True, slots=True)
class Seat:
    """A stored seat: the source ids of the people listed for it, and of its holders today."""

    listed: frozenset[str]
    holders: frozenset[str]


@dataclass(frozen=True, slots=True)
class SeatClaim:
    """A person to be assigned a seat of the division; ``current``: the term runs today."""

    person: str
    current: bool


def assign_seats(
    seats: Sequence[Seat], claims: Sequence[SeatClaim], *, single: bool, keep_others: bool
) -> list[int]:
    """Return the number of each claim's seat, from 0; one past the end is a new seat.

    - ``keep_others``: people who are not in the roster stay, so that their seat is not free.
    """
    places: dict[int, int] = {}
    for index, claim in enumerate(claims):
        own = _find_own(seats, claim.person, places.values()) if claim.current else None
        if own is not None:
            places[index] = own
    taken = set(places.values())
    if keep_others and not single:
        named = {claim.person for claim in claims}
        taken |= {number for number, seat in enumerate(seats) if seat.holders - named}
    for index, claim in enumerate(claims):
        if claim.current and index not in places:
            places[index] = 0 if single else _find_free(taken)
            taken.add(places[index])
    for index, claim in enumerate(claims):
        if index not in places:
            own = _find_own(seats, claim.person, ())
            places[index] = own if own is not None else _find_free(taken, len(seats))
    return [places[index] for index in range(len(claims))]


def _find_own(seats: Sequence[Seat], person: str, taken: Iterable[int]) -> int | None:
    full = set(taken)
    return next(
        (
            number
            for number, seat in enumerate(seats)
            if person in seat.listed and number not in full
        ),
        None,
    )


def _find_free(taken: set[int], limit: int | None = None) -> int:
    """Return the first free seat; the first of all if there is none below ``limit``."""
    free = next(number for number in count() if number not in taken)
    return free if limit is None or free < limit else 0
