"""States as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petition.postal.us_states import MILITARY, STATES, find_region_code, find_state_code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Massachusetts", "MA"),
        ("massachusetts ", "MA"),
        ("Mass.", "MA"),
        ("D.C.", "DC"),
        ("d. c.", "DC"),
        ("Washington, D.C.", "DC"),
        ("Wash.", "WA"),
        ("Washington State", "WA"),
        ("Puerto Rico", "PR"),
        ("P.R.", "PR"),
        ("Calif.", "CA"),
        ("Penn.", "PA"),
        ("Penna", "PA"),
        ("N.Y.", "NY"),
        ("N. Y.", "NY"),
        ("New York State", "NY"),
        ("W. Va.", "WV"),
        ("W.Va", "WV"),
        ("West Virginia", "WV"),
        ("Virginia", "VA"),
        ("No. Dakota", "ND"),
        ("So. Car.", "SC"),
        ("N. Mex.", "NM"),
        ("Hawai\u02bbi", "HI"),
        ("MA - Massachusetts", "MA"),
        ("Massachusetts (MA)", "MA"),
        ("US-MA", "MA"),
        ("MA, USA", "MA"),
        ("Commonwealth of Massachusetts", "MA"),
        ("U.S. Virgin Islands", "VI"),
        ("USVI", "VI"),
        ("Am. Samoa", "AS"),
        ("C.N.M.I.", "MP"),
        ("Nuevo M\u00e9xico", "NM"),
        ("Carolina del Norte", "NC"),
        ("Kansas", "KS"),
        ("Arkansas", "AR"),
        ("USA", ""),
        ("Cambridge", ""),
        ("MA or NH", ""),
        ("Virginia / West Virginia", ""),
        (".", ""),
        ("", ""),
    ],
)
def test_a_state_is_known_by_its_names_and_abbreviations(written: str, code: str) -> None:
    assert find_state_code(written) == code


@given(
    st.sampled_from([spelt for state in STATES for spelt in ((state.code, state.name))]),
    st.sampled_from([str.upper, str.lower, str.title, str.swapcase]),
    st.sampled_from(["{}", " {} ", "{}.", "{} .", ",{}", "\u00a0{}\u200b"]),
)
def test_case_stops_and_blanks_make_no_difference(name, case, form) -> None:  # type: ignore[no-untyped-def]
    known = {state.code: state.code for state in STATES} | {s.name: s.code for s in STATES}

    assert find_state_code(form.format(case(name))) == known[name]
    assert find_state_code(". ".join(known[name])) == known[name]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("AE", "AE"),
        ("a.p.", "AP"),
        ("APO AE", "AE"),
        ("Armed Forces Pacific", "AP"),
        ("Armed Forces Americas (except Canada)", "AA"),
        ("Micronesia", "FM"),
        ("Palau", "PW"),
    ],
)
def test_the_armed_forces_and_the_associated_states_are_regions(written: str, code: str) -> None:
    assert find_region_code(written) == code
    assert find_state_code(written) == ""


def test_the_names_in_the_form_are_known() -> None:
    assert {code: find_region_code(name) for code, name in MILITARY.items()} == {
        code: code for code in MILITARY
    }
