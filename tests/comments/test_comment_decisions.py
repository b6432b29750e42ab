"""A person's decisions: on words they read, covering the same words, and never silently late."""

import threading

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import select

from petition.comments.comment_decisions import CommentChanged, decide
from petition.comments.comment_list import CommentPage, count_waiting, list_comments, mark_seen
from petition.core.errors import InvalidInput, NotFound
from petition.core.extensions import db, transaction
from petition.models import CommentState, Event, Signature, SignatureState
from petition.signers.withdraw import erase_signature, withdraw_signature
from tests.comments.world import change_campaign, make_hundred, read_states, sign_words
from tests.delivery.letter_engine import claim

WORDS = ["Save our library!", "save OUR library", "Another sentence.", ""]


def list_words(page: CommentPage) -> list[tuple[str, int]]:
    return [(row.comment, len(row.same)) for row in page.rows]


def test_the_same_words_are_one_row_and_may_be_decided_together(context: AppContext) -> None:
    hundred = make_hundred(WORDS, comments="reviewed")
    assert count_waiting() == 3
    assert list_words(list_comments()) == [("Save our library!", 1), ("Another sentence.", 0)]

    done = decide(hundred.signature_ids[:1], CommentState.ALLOWED, "staff:7", same=True)

    assert done.ids == hundred.signature_ids[:2]
    assert read_states() == ["allowed", "allowed", "waiting", None]
    assert list_words(list_comments(CommentState.ALLOWED)) == [("save OUR library", 1)]
    assert count_waiting() == 1


def test_without_being_asked_a_decision_is_on_one_row(context: AppContext) -> None:
    hundred = make_hundred(WORDS, comments="reviewed")

    decide(hundred.signature_ids[:1], CommentState.STRUCK, "cli", "spam")

    assert read_states() == ["struck", "waiting", "waiting", None]


def test_a_decision_stays_in_its_campaign(context: AppContext) -> None:
    first = make_hundred(WORDS, comments="reviewed", slug="first")
    make_hundred(WORDS, comments="reviewed", slug="second")

    decide(first.signature_ids[:1], CommentState.ALLOWED, "cli", same=True)

    assert read_states() == ["allowed", "allowed", "waiting", None, *["waiting"] * 3, None]
    assert list_comments(campaign="first").total == 1
    assert list_comments(campaign="second").total == 2


def test_a_decision_is_taken_back_by_another_and_the_trail_has_both(context: AppContext) -> None:
    hundred = make_hundred(WORDS)
    number = hundred.signature_ids[0]

    decide([number], CommentState.STRUCK, "staff:7", "off  topic")
    decide([number], CommentState.ALLOWED, "staff:8")
    again = decide([number], CommentState.ALLOWED, "staff:9")

    assert again.ids == []
    events = db.session.scalars(
        select(Event).where(Event.action.startswith("comment.")).order_by(Event.id)
    ).all()
    assert [(e.action, e.actor, e.subject_id, e.detail) for e in events] == [
        ("comment.struck", "staff:7", number, {"why": "off topic"}),
        ("comment.allowed", "staff:8", number, {}),
    ]


def test_striking_needs_a_reason_and_ticks(context: AppContext) -> None:
    hundred = make_hundred(WORDS)

    for ids, verdict, why in (
        (hundred.signature_ids[:1], CommentState.STRUCK, "  "),
        (hundred.signature_ids[:1], CommentState.ALLOWED, "x" * 501),
        (hundred.signature_ids[:1], CommentState.WAITING, "x"),
        ([], CommentState.ALLOWED, ""),
    ):
        with pytest.raises(InvalidInput):
            decide(ids, verdict, "cli", why)

    assert read_states()[0] == "allowed"


def test_words_that_are_others_than_those_that_were_read_stay(context: AppContext) -> None:
    hundred = make_hundred(WORDS, comments="reviewed")
    number = hundred.signature_ids[0]

    with pytest.raises(CommentChanged):
        decide([number], CommentState.ALLOWED, "cli", seen={number: mark_seen("other words")})

    assert read_states()[0] == "waiting"
    seen = {number: list_comments().rows[0].seen}
    assert decide([number], CommentState.ALLOWED, "cli", seen=seen).ids == [number]


def test_who_left_wrote_nothing_or_is_not_confirmed_is_listed_nowhere(context: AppContext) -> None:
    hundred = make_hundred(WORDS, comments="reviewed")
    withdraw_signature(hundred.signature_ids[0])
    erase_signature(hundred.signature_ids[1])
    change_campaign(confirm_email=True, slug="later")
    sign_words("later", ["Of somebody unconfirmed."], email="else@people.example")

    assert [row.comment for row in list_comments().rows] == ["Another sentence."]
    assert count_waiting() == 1
    for number in (*hundred.signature_ids[:2], hundred.signature_ids[3], 999_999):
        with pytest.raises((NotFound, CommentChanged)):
            decide([number], CommentState.ALLOWED, "cli")


def test_one_of_many_that_cannot_be_decided_on_leaves_all(context: AppContext) -> None:
    hundred = make_hundred(WORDS, comments="reviewed")

    with pytest.raises(NotFound):
        decide([*hundred.signature_ids[:3], 999_999], CommentState.ALLOWED, "cli")

    assert read_states() == ["waiting"] * 3 + [None]


def test_erasing_leaves_no_state_of_words(context: AppContext) -> None:
    hundred = make_hundred(WORDS)
    decide(hundred.signature_ids[:1], CommentState.STRUCK, "cli", "spam")

    erase_signature(hundred.signature_ids[0])

    row = db.session.get_one(Signature, hundred.signature_ids[0], populate_existing=True)
    assert (row.comment_state, row.comment_decided_at) == (None, None)


def test_the_list_begins_with_words_whose_hundred_waits_and_tells_which_went(
    context: AppContext,
) -> None:
    hundred = make_hundred(["Early.", "Next."], comments="reviewed")
    milestone_id = hundred.count()
    hundred.render(milestone_id)
    sign_words(hundred.slug, ["Late."], email="late@people.example")
    with transaction() as session:  # older than all, and in no hundred yet
        session.scalars(
            select(Signature).where(Signature.state == SignatureState.CONFIRMED)
        ).one().state = SignatureState.REVIEW

    due = [(row.comment, row.letter) for row in list_comments().rows]
    assert hundred.send() is not None
    gone = [(row.comment, row.letter) for row in list_comments().rows]

    assert due == [("Early.", "due"), ("Next.", "due"), ("Late.", "none")]
    assert gone == [("Late.", "none"), ("Early.", "gone"), ("Next.", "gone")]
    assert count_waiting() == 1
    assert list_comments(gone=True).total == 2 and list_comments(gone=False).total == 1


def test_a_campaign_that_is_reviewed_from_now_on_has_all_unread_words_read(
    context: AppContext,
) -> None:
    hundred = make_hundred(WORDS)
    decide(hundred.signature_ids[:1], CommentState.ALLOWED, "cli")
    assert count_waiting() == 0

    change_campaign(comments="reviewed")

    assert [row.comment for row in list_comments().rows] == ["save OUR library", WORDS[2]]
    assert [row.comment for row in list_comments(CommentState.ALLOWED).rows] == [WORDS[0]]
    assert list_comments().rows[0].state == "waiting"


def test_a_decision_is_in_the_letter_or_is_said_to_be_late(app: Flask) -> None:
    """A worker claims the letter while a person strikes: whoever is first, the answer is true."""
    with app.app_context():
        hundred = make_hundred(["The 83 never comes.", ""])
        milestone_id = hundred.count()
        hundred.render(milestone_id)
        delivery_id = hundred.find_delivery().id
        db.session.remove()
    start = threading.Barrier(2)
    told: dict[str, object] = {}

    def strike() -> None:
        with app.app_context():
            start.wait()
            ids = hundred.signature_ids[:1]
            told["gone"] = decide(ids, CommentState.STRUCK, "cli", "no").gone

    def send() -> None:
        with app.app_context():
            start.wait()
            told["claimed"] = claim(delivery_id) is not None

    threads = [threading.Thread(target=strike), threading.Thread(target=send)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert bool(told["gone"]) is told["claimed"]
