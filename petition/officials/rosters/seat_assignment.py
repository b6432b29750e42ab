"""Says which of a division's seats each person of a roster gets.

- Who has a seat keeps it. A newcomer takes the first that is free; whoever held it is former then.
- A division has as many seats as it ever had holders at once; a mayor's or a representative's is
  one, whatever a file says.
- Whose term does not run today needs no seat: they stay at the one they had, or are noted at one
  that nobody holds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat as it is stored: the source ids of who is listed for it, and of who holds it today."""

    listed: frozenset[str]
    holders: frozenset[str]


@dataclass(frozen=True, slots=True)
class SeatClaim:
    """A person whom the roster puts in one of the division's seats; ``current``: today."""

    person: str
    current: bool


def assign_seats(
    seats: Sequence[Seat], claims: Sequence[SeatClaim], *, single: bool, keep_others: bool
) -> list[int]:
    """Return the number of each claim's seat, from 0; one past the end is a new seat.

    - ``keep_others``: whoever is not in the roster stays, so that their seat is not free.
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
    """Return the first seat that is not taken; the first of all where ``limit`` are and no more."""
    free = next(number for number in count() if number not in taken)
    return free if limit is None or free < limit else 0
