"""Which seat each person of a roster gets."""

from petition.officials.rosters.seat_assignment import Seat, SeatClaim, assign_seats


def seat(*holders: str, ended: str = "") -> Seat:
    return Seat(frozenset(holders) | ({ended} if ended else set()), frozenset(holders))


def assign(seats: list[Seat], *claims: str | SeatClaim, **options: bool) -> list[int]:
    made = [claim if isinstance(claim, SeatClaim) else SeatClaim(claim, True) for claim in claims]
    rules = {"single": False, "keep_others": False} | options
    return assign_seats(seats, made, **rules)


def test_the_first_holders_get_the_seats_in_order() -> None:
    assert assign([], "ada", "ben") == [0, 1]


def test_whoever_has_a_seat_keeps_it_and_a_newcomer_takes_the_free_one() -> None:
    seats = [seat("ada"), seat("ben"), seat("cem")]

    assert assign(seats, "cem", "new", "ada") == [2, 1, 0]


def test_a_part_of_a_roster_frees_no_seat() -> None:
    seats = [seat("ada"), seat()]

    assert assign(seats, "new", "newer", keep_others=True) == [1, 2]


def test_a_single_seat_stays_single_whatever_a_file_says() -> None:
    assert assign([seat("ada")], "ada", "new", single=True) == [0, 0]
    assert assign([seat("ada")], "new", single=True, keep_others=True) == [0]


def test_whose_term_is_over_needs_no_seat_of_their_own() -> None:
    over = SeatClaim("old", current=False)

    assert assign([], over) == [0]
    assert assign([seat(ended="old")], over, "new") == [0, 0]
    assert assign([seat("ada"), seat()], over, "ada") == [1, 0]


def test_one_who_shares_a_seat_keeps_it() -> None:
    assert assign([seat("ada", "ben")], "ada", keep_others=True) == [0]
