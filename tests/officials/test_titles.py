"""What a seat is called on an envelope."""

import pytest

from petition.models import PostRole
from petition.officials.rosters.titles import make_seat_title
from petition.postal.us_states import BY_CODE


@pytest.mark.parametrize(
    ("role", "code", "last", "name", "title", "salutation"),
    [
        (
            "upper",
            "MA",
            "sldu:x",
            "First Essex District",
            "State Senator, First Essex District",
            "Dear Senator",
        ),
        (
            "upper",
            "TX",
            "sldu:5",
            "State Senate District 5",
            "State Senator, District 5",
            "Dear Senator",
        ),
        (
            "lower",
            "MA",
            "sldl:x",
            "1st Essex District",
            "State Representative, 1st Essex District",
            "Dear Representative",
        ),
        (
            "lower",
            "NY",
            "sldl:61",
            "Assembly District 61",
            "Assembly Member, District 61",
            "Dear Assembly Member",
        ),
        (
            "lower",
            "MD",
            "sldl:1a",
            "State Legislative Subdistrict 1A",
            "State Delegate, Subdistrict 1A",
            "Dear Delegate",
        ),
        (
            "legislature",
            "NE",
            "sldu:5",
            "State Legislative District 5",
            "State Senator, District 5",
            "Dear Senator",
        ),
        ("legislature", "DC", "ward:1", "Ward 1", "Council Member, Ward 1", "Dear Council Member"),
        ("mayor", "MA", "place:boston", "Boston", "Mayor of Boston", "Dear Mayor"),
        (
            "rep",
            "MA",
            "cd:5",
            "Congressional District 5",
            "U.S. Representative, Massachusetts 5th District",
            "Dear Representative",
        ),
        (
            "rep",
            "VT",
            "cd:at-large",
            "Congressional District (at Large)",
            "U.S. Representative, Vermont At Large",
            "Dear Representative",
        ),
        (
            "rep",
            "DC",
            "cd:at-large",
            "Delegate District",
            "Delegate to Congress, District of Columbia",
            "Dear Delegate",
        ),
        (
            "rep",
            "PR",
            "cd:at-large",
            "Resident Commissioner District",
            "Resident Commissioner, Puerto Rico",
            "Dear Commissioner",
        ),
        (
            "council",
            "MA",
            "place:boston",
            "Boston",
            "Council, Boston",
            "Dear Members of the Council",
        ),
    ],
)
def test_a_seat_is_called_as_its_state_calls_it(
    role: str, code: str, last: str, name: str, title: str, salutation: str
) -> None:
    state = BY_CODE[code]

    wording = make_seat_title(PostRole(role), state, f"{state.division_id}/{last}", name)

    assert (wording.title, wording.salutation) == (title, salutation)


def test_a_senator_is_the_state_s() -> None:
    state = BY_CODE["MA"]

    wording = make_seat_title(PostRole.US_SENATOR, state, state.division_id, state.name)

    assert wording.title == "U.S. Senator, Massachusetts"
