"""Which passwords programs guess first, and which are somebody's own."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petition.accounts.common_passwords import count_own
from petition.accounts.passwords import FEWEST_OWN, SHORTEST_PASSWORD, generate_password

GUESSED = """
passwordpassword password1234 123456789012 administrator Password1234! qwertyuiop12 hundredth123
letmein12345 Welcome2026! iloveyou1234 correcthorsebatterystaple abcdefghijkl 1q2w3e4r5t6y
qazwsxedcrfv P@ssw0rd2026 P4$$w0rd12345 drowssap12345 changemechangeme Summer2026!! 098765432109
sunshine-monkey-dragon sunshine.monkey.dragon!! Pass_word_1234 mynameisadmin passwordxyzw
trustno1trustno1 abc123abc123 1qaz2wsx3edc !QAZ2wsx#EDC4 HundredthLetters2026 staffstaff12
elizabeth1990 10/12/1987/10/12 4444-4444-4444 ______password
""".split()
OWN = (
    "correct horse battery",
    "kettle margin violin lamp",
    "purple kettle margin lamp",
    "V7m-qp2x-Lw9z-Rt4k",
    "tr0ub4dor&3xyzk",
    "the staple in my violin case",
    "a rather long secret",
    "møtet på øya i går",
)


@pytest.mark.parametrize("password", GUESSED)
def test_what_is_made_of_common_pieces_is_guessed(password: str) -> None:
    assert len(password) >= SHORTEST_PASSWORD
    assert count_own(password) < FEWEST_OWN


@pytest.mark.parametrize("password", OWN)
def test_words_of_ones_own_are_not(password: str) -> None:
    assert count_own(password) >= FEWEST_OWN


def test_the_names_of_the_account_are_common_to_it() -> None:
    assert count_own("birgittabirgitta9", ("birgitta", "group", "example")) < FEWEST_OWN
    assert count_own("birgittabirgitta9") >= FEWEST_OWN


def test_what_chance_makes_is_never_refused() -> None:
    assert all(count_own(generate_password()) >= FEWEST_OWN for _ in range(300))
    # One of ten thousand has few parts of its own by chance.
    few = sum(count_own(secrets.token_hex(16)) < FEWEST_OWN for _ in range(300))
    assert few <= 3


@given(st.text(max_size=128))
def test_no_password_counts_for_more_than_its_characters(password: str) -> None:
    assert 0 <= count_own(password) <= len(password.casefold())


@given(st.sampled_from(GUESSED), st.sampled_from(["", "1", "!", "12", "2027", "!!", "###"]))
def test_a_number_or_a_mark_more_makes_none_stronger(password: str, more: str) -> None:
    assert count_own(password + more) <= count_own(password) + 1
