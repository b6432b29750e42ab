"""Words that nobody means well with: stored as they are shown, or refused and nothing is stored."""

import pytest
from flask.ctx import AppContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from petition.audit.reasons import LONGEST_WHY
from petition.comments.comment_decisions import decide
from petition.core.errors import InvalidInput
from petition.core.extensions import db
from petition.models import CommentState, Event, Signature
from petition.signing.form_fields import LONGEST, read_text
from tests.comments.world import make_hundred, sign_words
from tests.ground import fill_form

MOST = LONGEST["comment"]
PIECES = (
    *(
        "\0",
        "\r",
        "\n",
        "\r\n",
        "\x0b",
        "\x0c",
        "\x1c",
        "\x85",
        "\u2028",
        "\u2029",
        "\t",
        "\x1b[31m",
    ),
    *("\u200b", "\u200d", "\u202e", "\u2066", "\u3164", "\ufeff", "\ud83d", "\ude00", "\x1b[31m"),
    *("e\u0301", "\u0300" * 40, "\u1100\u1161", "\ufb03", "\u0130", "\U0001f468\u200d\U0001f469"),
    *("{{ given_name }}", "{% raw %}", "<script>", "&#0;", "]]>", "</w:t>", "%00", "\\n", "=1+1"),
    *("Ada. ", "a" * 300, "word " * 150, "https://evil.example", "617-555-0142", " ", "'", '"'),
)
TYPED = st.one_of(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=40)), max_size=10).map("".join),
    st.text(min_size=MOST - 2, max_size=MOST + 3),
)
SHARED = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(TYPED)
def test_what_is_accepted_is_read_again_as_it_is_and_shows_all_of_it(typed: str) -> None:
    problems: dict[str, object] = {}

    text = read_text("comment", typed, problems)  # type: ignore[arg-type]

    assert set(problems) <= {"comment"}
    if problems:
        assert text == ""
        return
    assert len(text) <= MOST
    assert text == text.strip()
    assert text.replace("\n", "").isprintable()
    assert text.encode().decode() == text
    assert read_text("comment", text, problems) == text  # type: ignore[arg-type]
    assert problems == {}


def count() -> tuple[int, int]:
    """Return how many signatures and events there are, and end the transaction."""
    found = tuple(
        db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in (Signature, Event)
    )
    db.session.rollback()
    return found[0], found[1]


@SHARED
@given(TYPED)
def test_a_signature_has_all_that_was_typed_or_is_not_stored(
    context: AppContext, typed: str
) -> None:
    signed, noted = count()
    if not signed:
        make_hundred(["First"], slug="words")  # all examples share a campaign
        signed, noted = count()
    expected = read_text("comment", typed, problems := {})
    form = fill_form(signed + 100)

    try:
        sign_words("words", [typed], email=form["email"], family_name=form["family_name"])
    except InvalidInput as refused:
        db.session.rollback()
        assert list(refused.problems) == ["comment"]
        assert problems
        assert count() == (signed, noted)
        return

    assert not problems
    query = select(Signature).order_by(Signature.id.desc()).limit(1)
    stored = db.session.scalars(query).one()
    assert stored.person is not None
    assert stored.person.comment == expected
    assert (stored.comment_state is None) == (expected == "")
    db.session.rollback()
    assert count()[0] == signed + 1


@SHARED
@given(TYPED, st.sampled_from(list(CommentState)))
def test_a_decision_says_why_or_changes_nothing(
    context: AppContext, why: str, verdict: CommentState
) -> None:
    if not count()[0]:
        make_hundred(["First"])
    [signature_id] = db.session.scalars(select(Signature.id))
    before = db.session.get_one(Signature, signature_id).comment_state
    events = count()[1]

    try:
        decided = decide([signature_id], verdict, "staff:1", why)
    except InvalidInput as refused:
        db.session.rollback()
        assert set(refused.problems) <= {"why", "verdict"}
        assert count()[1] == events
        assert db.session.get_one(Signature, signature_id).comment_state == before
        db.session.rollback()
        return

    assert db.session.get_one(Signature, signature_id).comment_state == verdict
    if decided.ids and verdict is CommentState.STRUCK:
        last = db.session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()
        said = last.detail["why"]
        assert isinstance(said, str)
        assert 0 < len(said) <= LONGEST_WHY
        assert said.isprintable()
    db.session.rollback()


@pytest.mark.parametrize("typed", ["\ud83d", "a\0b", "\u202eevil", "\x1b[31m"])
def test_a_sign_that_nobody_sees_is_refused_beside_its_field(typed: str) -> None:
    problems: dict[str, object] = {}

    assert read_text("comment", typed, problems) == ""  # type: ignore[arg-type]
    assert list(problems) == ["comment"]
