"""States, ZIPs and e-mail addresses as people write them are taken, and what is wrong is said."""

import pytest
from flask.ctx import AppContext

from petition.core.errors import InvalidInput
from petition.models import Person
from petition.postal.zip_places import known_postal_code, load_postal_codes
from petition.signing.form import read_address, read_answers
from petition.signing.form_problems import FormProblem
from tests.factories import make_person
from tests.signing.test_sign import fill_form


def read(**typed: str) -> Person:
    return read_answers(fill_form(**typed), known_postal_code).person


@pytest.mark.parametrize(
    "written", ["Massachusetts", "MASS.", "Mass", " m. a. ", "ma", "MA, USA", "Massachusetts\u200b"]
)
def test_a_state_is_taken_as_it_is_written(written: str) -> None:
    assert read(region=written).region == "MA"


@pytest.mark.parametrize(
    ("postal_code", "written", "region"),
    [
        ("20001", "D.C.", "DC"),
        ("20001", "Washington, D.C.", "DC"),
        ("00901", "Puerto Rico", "PR"),
        ("00901", "p.r.", "PR"),
        ("00802", "U.S. Virgin Islands", "VI"),
        ("96910", "Guam", "GU"),
        ("09012", "Armed Forces Europe", "AE"),
        ("34001", "A.A.", "AA"),
        ("96201", "APO AP", "AP"),
        ("25301", "W. Va.", "WV"),
        ("19104", "Penn.", "PA"),
    ],
)
def test_so_are_territories_old_abbreviations_and_the_armed_forces(
    postal_code: str, written: str, region: str
) -> None:
    assert read(postal_code=postal_code, region=written).region == region


@pytest.mark.parametrize(
    "typed",
    [
        "02139\u20134307",
        "02139 \u2014 4307",
        "02139\u20124307",
        "02139\u22124307",
        "02139\u200b",
        "\ufeff02139",
        "\u202d02139\u202c",
        "02\u00ad139",
        "\u00a002139\u00a0-\u00a04307",
        "\uff10\uff12\uff11\uff13\uff19",
        "02139.",
    ],
)
def test_a_zip_is_taken_with_any_dash_digits_and_marks_that_nobody_sees(typed: str) -> None:
    assert read(postal_code=typed).postal_code == "02139"


@pytest.mark.parametrize(
    "mark", ["\u200b", "\u00a0", "\ufeff", "\u00ad", "\u2060", "\ufe0f", "\u202c"]
)
def test_an_email_is_rid_of_marks_that_nobody_sees(mark: str) -> None:
    assert read(email=f"{mark}ada@people.example{mark}").email == "ada@people.example"


def test_every_zip_in_two_states_is_taken_with_either_and_guessed_with_none() -> None:
    places = load_postal_codes()
    several = {code: one.states for code, one in places.items() if len(one.states) > 1}
    for code, states in several.items():
        assert [read(postal_code=code, region=state).region for state in states] == list(states)
        assert read(postal_code=code).region == ""


def test_another_state_is_refused_with_both_that_it_could_be(context: AppContext) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(postal_code="42223", region="Ohio")

    problem = refused.value.problems["region"]
    assert problem.code == FormProblem.OTHER_STATE
    assert problem.params == {"code": "42223", "state": ("KY", "TN")}


def test_a_street_that_is_given_later_leaves_the_state_as_it_was_written() -> None:
    before = make_person(postal_code="42223", locality="Fort Campbell", region="TN")

    found = read_address({"street_address": "1 Example St"}, known_postal_code, before)

    assert found["region"] == "TN"
