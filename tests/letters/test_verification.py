"""Verification: a letter's fate is that of its best delivery, and a code is read as people type."""

import pytest
from flask.ctx import AppContext

from petition.core.clock import utcnow
from petition.core.errors import NotFound
from petition.core.extensions import transaction
from petition.letters.outcome import LetterOutcome
from petition.letters.public_letters import count_sent, list_letters, list_sent
from petition.letters.verification import clean_code, read_letter
from petition.models import Delivery, DeliveryState, Letter, Milestone
from tests.factories import make_campaign, make_district, make_post

D = DeliveryState


def make_milestone(states: list[DeliveryState], channel: str = "email") -> Milestone:
    """Store a milestone with one post and delivery for each state."""
    now = utcnow()
    with transaction() as session:
        campaign, district = make_campaign(session), make_district(session)
        milestone = Milestone(
            campaign_id=campaign.id,
            district_id=district.id,
            number=1,
            threshold=100,
            code="0A1B2C3D",
            reached_at=now,
            state="cleared",
        )
        session.add(milestone)
        session.flush()
        for number, state in enumerate(states):
            post = make_post(session, district)
            letter = Letter(
                milestone_id=milestone.id,
                post_id=post.id,
                sha256=f"{number:064}",
                pages=4,
                size=1,
                names=100,
                addressee=[],
                rendered_at=now,
            )
            session.add(letter)
            session.flush()
            session.add(
                Delivery(
                    milestone_id=milestone.id,
                    post_id=post.id,
                    channel=channel,
                    state=state,
                    letter_id=letter.id,
                    message_id=f"<{number}@test.example>",
                    created_at=now,
                    settled_at=now if state in (D.ACCEPTED, D.DELIVERED) else None,
                )
            )
        return milestone


@pytest.mark.parametrize(
    ("states", "fate"),
    [
        ([D.QUEUED], LetterOutcome.ON_ITS_WAY),
        ([D.RENDERED], LetterOutcome.ON_ITS_WAY),
        ([D.SENDING], LetterOutcome.ON_ITS_WAY),
        ([D.RETRY_WAIT], LetterOutcome.ON_ITS_WAY),
        ([D.ACCEPTED], LetterOutcome.HANDED_OVER),
        ([D.DELIVERED], LetterOutcome.DELIVERED),
        ([D.FAILED], LetterOutcome.NOT_DELIVERED),
        ([D.BOUNCED], LetterOutcome.NOT_DELIVERED),
        ([D.UNKNOWN], LetterOutcome.UNKNOWN),
        ([D.UNKNOWN, D.FAILED], LetterOutcome.UNKNOWN),
        ([D.UNKNOWN, D.RETRY_WAIT], LetterOutcome.ON_ITS_WAY),
        ([D.ACCEPTED, D.DELIVERED], LetterOutcome.DELIVERED),
        ([D.HELD], LetterOutcome.HELD),
        ([D.CANCELLED], LetterOutcome.CANCELLED),
        ([D.FAILED, D.ACCEPTED], LetterOutcome.HANDED_OVER),
        ([D.FAILED, D.RETRY_WAIT], LetterOutcome.ON_ITS_WAY),
        ([D.FAILED, D.HELD], LetterOutcome.HELD),
        ([], LetterOutcome.HELD),
    ],
)
def test_a_letters_fate_is_that_of_its_best_delivery(
    context: AppContext, states: list[DeliveryState], fate: LetterOutcome
) -> None:
    milestone = make_milestone(states)

    (line,) = list_letters(milestone.campaign_id, milestone.district_id)

    assert (line.fate, line.posts) == (fate, len(states))
    sent = 1 if fate in (LetterOutcome.DELIVERED, LetterOutcome.HANDED_OVER) else 0
    assert (line.sent_at is not None) == bool(sent)
    assert count_sent(milestone.campaign_id) == sent
    assert count_sent(milestone.campaign_id, milestone.district_id) == sent
    assert len(list_sent(milestone.campaign_id, 5)) == sent


def test_a_letter_is_read_with_each_posts_pdf(context: AppContext) -> None:
    milestone = make_milestone([D.ACCEPTED, D.RETRY_WAIT])

    letter = read_letter("oalb-2c3d")

    assert letter.code == milestone.code
    assert [posted.sha256 for posted in letter.posted] == [f"{number:064}" for number in (0, 1)]
    assert [posted.fate for posted in letter.posted] == [
        LetterOutcome.HANDED_OVER,
        LetterOutcome.ON_ITS_WAY,
    ]


def test_what_lies_in_the_outbox_is_not_told_as_handed_to_an_office(context: AppContext) -> None:
    milestone = make_milestone([D.ACCEPTED], "outbox")

    (posted,) = read_letter(milestone.code).posted

    assert posted.fate is LetterOutcome.OUTBOX


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("0a1b2c3d", "0A1B2C3D"),
        ("OAIB-2C 3D", "0A1B2C3D"),
        ("", ""),
        ("a\0b", ""),
        ("a/b", ""),
        ("é", ""),
        ("٣", ""),
        ("x" * 17, ""),
    ],
)
def test_a_code_is_read_as_people_type_it(typed: str, code: str) -> None:
    assert clean_code(typed) == code


def test_an_unknown_code_is_not_found(context: AppContext) -> None:
    for code in ("XXXXXXXX", "", "\0"):
        with pytest.raises(NotFound):
            read_letter(code)
