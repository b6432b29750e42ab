"""What letters print of strangers' words: what is allowed when they go, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from flask.ctx import AppContext
from sqlalchemy import select, update

from petition.campaigns.lifecycle import update_campaign
from petition.comments.comment_decisions import decide
from petition.core.clock import utcnow
from petition.core.errors import LetterStale
from petition.core.extensions import db, transaction
from petition.counting.brake import look_at
from petition.delivery.log.delivery_log import read_log
from petition.letters import make
from petition.letters.make import find_due_milestones
from petition.letters.merge import find_merge_problem
from petition.models import (
    Campaign,
    CommentState,
    Delivery,
    DeliveryState,
    Letter,
    Milestone,
    Signature,
)
from petition.signers.preferences import choose
from petition.signers.withdraw import withdraw_signature
from petition.signing.link_tokens import LinkPurpose, make_token
from petition.web.staff.deliveries.timeline import write_diary
from tests.comments.world import change_campaign, make_hundred, read_states
from tests.factories import render_milestone

HARMLESS = "The 83 bus never comes."
LINK = "Read this: hxxps://evil . example"
THREAT = "I will burn your house down."


def allow(*ids: int) -> None:
    decide(ids, CommentState.ALLOWED, "staff:1")


def strike(*ids: int) -> None:
    decide(ids, CommentState.STRUCK, "staff:1", "not for print")


@pytest.mark.parametrize("words", [LINK, THREAT, "Call 617 555 0142", "joe (at) evil.example"])
def test_what_must_be_read_is_in_no_letter_unread_even_where_all_is_printed(
    context: AppContext, words: str
) -> None:
    hundred = make_hundred([HARMLESS, words, ""])

    text = hundred.render(hundred.count())

    assert read_states() == ["allowed", "waiting", None]
    assert f"“{HARMLESS}”" in text
    assert words not in text and "evil" not in text and "0142" not in text
    assert "One more person wrote in their own words; that comment is not printed here." in text
    assert hundred.send() is DeliveryState.ACCEPTED


def test_a_reviewed_campaign_prints_what_a_person_has_allowed(context: AppContext) -> None:
    hundred = make_hundred([HARMLESS, "A second sentence.", "A third."], comments="reviewed")
    milestone_id = hundred.count()
    assert read_states() == ["waiting"] * 3
    allow(hundred.signature_ids[1])
    strike(hundred.signature_ids[2])

    text = hundred.render(milestone_id)

    assert "A second sentence." in text
    assert HARMLESS not in text and "A third." not in text
    assert "2 more people wrote in their own words" in text


def test_words_alone_that_are_not_printed_are_told_in_a_number(context: AppContext) -> None:
    hundred = make_hundred([HARMLESS, "A second."], comments="reviewed")

    text = hundred.render(hundred.count())

    assert "In their own words 2 people wrote in their own words; those comments are not" in text


def test_a_campaign_that_prints_none_says_nothing_of_words(context: AppContext) -> None:
    hundred = make_hundred([HARMLESS, ""], comments="none")
    milestone_id = hundred.count()

    text = hundred.render(milestone_id)

    assert read_states() == [None, None]
    assert "In their own words" not in text and HARMLESS not in text
    people = db.session.scalars(select(Signature.person)).all()
    assert [person.comment for person in people if person] == ["", ""]


def test_twenty_are_printed_in_the_order_they_joined_and_the_rest_is_counted(
    context: AppContext,
) -> None:
    hundred = make_hundred([f"Sentence {number:02} of mine." for number in range(1, 24)])

    text = hundred.render(hundred.count())

    printed = [f"Sentence {n:02}" for n in range(1, 24) if f"Sentence {n:02}" in text]
    assert printed == [f"Sentence {number:02}" for number in range(1, 21)]
    assert "3 more people wrote in their own words; those comments are not printed here." in text


def test_the_same_words_are_printed_once_and_say_of_how_many(context: AppContext) -> None:
    hundred = make_hundred(["Save our library!", "SAVE our  library", "save our library.", ""])

    text = hundred.render(hundred.count())

    assert text.lower().count("our library") == 1
    assert "and 2 more in the same words" in text
    assert "not printed here" not in text


def test_words_struck_after_rendering_are_not_in_what_goes(context: AppContext) -> None:
    hundred = make_hundred([HARMLESS, "Another sentence."])
    milestone_id = hundred.count()
    assert HARMLESS in hundred.render(milestone_id)

    strike(hundred.signature_ids[0])

    assert hundred.send() is None
    delivery = hundred.find_delivery()
    assert delivery.state == DeliveryState.QUEUED
    events = read_log(delivery.id)
    (event,) = (event for event in events if event.action == "delivery.superseded")
    (day,) = write_diary([event], {})
    assert "different comments are now to be printed in it" in day.entries[0].text
    text = hundred.render(milestone_id)
    assert HARMLESS not in text and "Another sentence." in text
    assert hundred.send() is DeliveryState.ACCEPTED
    assert hundred.read() == text


def test_words_allowed_after_rendering_are_in_what_goes(context: AppContext) -> None:
    hundred = make_hundred([LINK, HARMLESS])
    milestone_id = hundred.count()
    hundred.render(milestone_id)

    allow(hundred.signature_ids[0])

    assert hundred.send() is None
    assert "hxxps://evil . example" in hundred.render(milestone_id)
    assert hundred.send() is DeliveryState.ACCEPTED


def test_words_that_change_while_the_letter_is_rendered_make_it_stale(
    context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    hundred = make_hundred([HARMLESS, ""])
    milestone_id = hundred.count()
    render = make.render_letters

    def render_slowly(*arguments: object) -> object:
        strike(hundred.signature_ids[0])
        return render(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(make, "render_letters", render_slowly)
    with pytest.raises(LetterStale):
        render_milestone(milestone_id, hundred.store)
    monkeypatch.setattr(make, "render_letters", render)

    assert find_due_milestones() == [milestone_id]
    assert HARMLESS not in hundred.render(milestone_id)


def test_a_campaign_that_is_reviewed_from_now_on_prints_nothing_unread(
    context: AppContext,
) -> None:
    hundred = make_hundred([HARMLESS, "Read by a person."])
    milestone_id = hundred.count()
    allow(hundred.signature_ids[1])
    hundred.render(milestone_id)

    change_campaign(comments="reviewed")

    assert hundred.send() is None
    text = hundred.render(milestone_id)
    assert HARMLESS not in text and "Read by a person." in text


def test_words_taken_back_before_the_letter_goes_are_not_in_it(context: AppContext) -> None:
    hundred = make_hundred([HARMLESS, ""])
    milestone_id = hundred.count()
    hundred.render(milestone_id)

    token = make_token(hundred.signature_ids[0], LinkPurpose.STATUS)
    choose(token, publish_comment=False, show_name=None, notify=False, tell_successor=False)

    assert hundred.send() is None
    assert "In their own words" not in hundred.render(milestone_id)


def test_a_sealed_letter_stays_as_it_went(context: AppContext) -> None:
    hundred = make_hundred([HARMLESS, ""])
    hundred.render(hundred.count())
    assert hundred.send() is DeliveryState.ACCEPTED

    done = decide(hundred.signature_ids[:1], CommentState.STRUCK, "staff:1", "too late")

    assert (done.ids, done.gone) == (hundred.signature_ids[:1], hundred.signature_ids[:1])
    assert HARMLESS in hundred.read()


def test_a_letter_of_before_words_were_read_is_made_anew(context: AppContext) -> None:
    hundred = make_hundred([THREAT, ""])
    milestone_id = hundred.count()
    look_at(milestone_id)
    with transaction() as session:  # as the version before would have filed it
        delivery = session.scalars(select(Delivery)).one()
        letter = Letter(
            milestone_id=milestone_id,
            post_id=delivery.post_id,
            sha256="a" * 64,
            pages=3,
            size=1,
            names=2,
            addressee=[],
            rendered_at=utcnow(),
        )
        session.add(letter)
        session.flush()
        delivery.letter_id, delivery.state = letter.id, DeliveryState.RENDERED

    assert hundred.send() is None

    assert THREAT not in hundred.render(milestone_id)


def test_a_hundred_waits_for_its_unread_words_where_the_campaign_says_so(
    context: AppContext,
) -> None:
    hundred = make_hundred([HARMLESS, LINK, ""], comment_wait=24)
    milestone_id = hundred.count()

    assert render_milestone(milestone_id, hundred.store) == []

    delivery = hundred.find_delivery()
    reached_at = db.session.get_one(Milestone, milestone_id).reached_at
    assert (delivery.state, delivery.due_at) == ("queued", reached_at + timedelta(hours=24))
    assert delivery.reason == "words wait to be read"
    assert find_due_milestones() == []

    done = decide([hundred.signature_ids[1]], CommentState.ALLOWED, "cli")

    assert done.milestones == [milestone_id]
    assert find_due_milestones() == [milestone_id]
    assert "evil" in hundred.render(milestone_id)
    assert hundred.find_delivery().reason is None


def test_a_hundred_waits_until_the_last_of_its_words_is_read(context: AppContext) -> None:
    hundred = make_hundred([HARMLESS, "Another."], comments="reviewed", comment_wait=1)
    milestone_id = hundred.count()
    render_milestone(milestone_id, hundred.store)

    assert decide(hundred.signature_ids[:1], CommentState.ALLOWED, "cli").milestones == []
    assert find_due_milestones() == []
    withdraw_signature(hundred.signature_ids[0])  # who leaves is waited for no more
    assert decide(hundred.signature_ids[1:], CommentState.ALLOWED, "cli").milestones != []


def test_no_hundred_waits_for_longer_than_its_campaign_says(context: AppContext) -> None:
    hundred = make_hundred([HARMLESS, LINK], comment_wait=24)
    milestone_id = hundred.count()
    render_milestone(milestone_id, hundred.store)

    with transaction() as session:  # the hours have passed
        session.execute(update(Delivery).values(due_at=utcnow()))
    change_campaign(comment_wait=0)

    text = hundred.render(milestone_id)
    assert "evil" not in text and "One more person wrote" in text


def test_struck_words_stay_struck_when_the_box_is_ticked_anew(context: AppContext) -> None:
    hundred = make_hundred([HARMLESS, ""])
    strike(hundred.signature_ids[0])
    token = make_token(hundred.signature_ids[0], LinkPurpose.STATUS)

    for box in (False, True):
        choose(token, publish_comment=box, show_name=None, notify=False, tell_successor=False)

    assert read_states()[0] == "struck"
    assert HARMLESS not in hundred.render(hundred.count())


def test_words_that_are_offered_anew_are_judged_anew(context: AppContext) -> None:
    hundred = make_hundred([HARMLESS, LINK], comments="reviewed")
    allow(*hundred.signature_ids)
    for number in hundred.signature_ids:
        token = make_token(number, LinkPurpose.STATUS)
        choose(token, publish_comment=False, show_name=None, notify=False, tell_successor=False)
    assert read_states() == [None, None]
    change_campaign(comments="all")

    for number in hundred.signature_ids:
        token = make_token(number, LinkPurpose.STATUS)
        choose(token, publish_comment=True, show_name=None, notify=False, tell_successor=False)

    assert read_states() == ["allowed", "waiting"]


def update_file(slug: str, **changes: Any) -> list[str]:
    """Have the campaign be what its file says, with changes to the file."""
    with transaction() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.slug == slug)).one()
        names = ("slug", "title", "letter", "organization", "step", "confirm_email", "comments")
        values = {name: getattr(campaign, name) for name in names}
    return update_campaign(values | changes, find_merge_problem)


def test_an_open_campaign_is_reviewed_as_soon_as_its_file_says_so(context: AppContext) -> None:
    hundred = make_hundred([HARMLESS, *[""] * 9])
    milestone_id = hundred.count()
    assert HARMLESS in hundred.render(milestone_id)

    assert update_file(hundred.slug, comments="reviewed") == ["comments"]

    assert hundred.send() is None
    assert HARMLESS not in hundred.render(milestone_id)


def test_letters_that_wait_are_looked_at_by_what_the_file_says_now(context: AppContext) -> None:
    hundred = make_hundred([LINK, *[""] * 9], comment_wait=72)
    milestone_id = hundred.count()
    render_milestone(milestone_id, hundred.store)
    assert find_due_milestones() == []

    update_file(hundred.slug, comment_wait=0)

    assert find_due_milestones() == [milestone_id]
    assert "evil" not in hundred.render(milestone_id)
