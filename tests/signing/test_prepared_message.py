"""What counts as a campaign's prepared words, and that the time grows with their length."""

import re

from hypothesis import given
from hypothesis import strategies as st

from petition.signing.prepared_message import LONGEST_VALUE, is_prepared
from petition.validation.printable import make_printable

PIECES = st.sampled_from(["a", "ab", " ", "ba ", "", "abc."])


def test_a_value_in_each_field_is_still_the_prepared_message() -> None:
    message = "As a neighbor in {{ district.name }} I ask for {{ campaign.bill }}."

    assert is_prepared("As a neighbor in Suffolk County  I ask for H.1234.", message)
    assert not is_prepared("As a neighbor in Suffolk County I ask for H.1234. Please!", message)
    assert not is_prepared(f"As a neighbor in {'x' * 201} I ask for H.1234.", message)


@given(st.lists(PIECES, min_size=1, max_size=5), st.lists(PIECES, max_size=8))
def test_it_finds_what_a_pattern_finds(parts: list[str], typed: list[str]) -> None:
    message, comment = "{{x}}".join(parts), "".join(typed)
    if not message or not comment:
        return
    fixed = re.split(r"\{\{x\}\}", make_printable(message))
    pattern = f".{{0,{LONGEST_VALUE}}}".join(re.escape(part) for part in fixed)

    assert is_prepared(comment, message) == bool(re.fullmatch(pattern, make_printable(comment)))


def test_a_message_of_fields_and_a_long_comment_is_compared_step_by_step() -> None:
    # With a pattern that tries every way this does not end within the test's time.
    message = " ".join(["{{ campaign.title }}"] * 12) + " end"

    assert not is_prepared("a " * 500, message)
    assert is_prepared("a " * 400 + "end", message)
