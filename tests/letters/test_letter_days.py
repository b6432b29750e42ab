"""The day on a letter is that of its district's state, and its public page says the same."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import select

from petition.core.extensions import db, transaction
from petition.counting.brake import look_at
from petition.counting.ledger import count_batch
from petition.letters import make
from petition.letters.content import LetterContent
from petition.letters.milestone_reader import read_contents, read_members
from petition.letters.preview import make_preview
from petition.letters.render import render_letter
from petition.models import District, Letter, Milestone
from petition.models.officials.post import Addressee
from petition.moderation.printable_words import Words
from petition.postal.time_zones import find_day
from petition.replies.reply_list import ReplyList
from tests.factories import (
    make_campaign,
    make_district,
    make_located,
    make_post,
    render_milestone,
)
from tests.letter_store import LetterStore
from tests.letters.samples import read_text

EVENING = datetime(2199, 7, 5, 3, 5, tzinfo=UTC)  # the fourth of July in Massachusetts
DAY_BEFORE = EVENING - timedelta(hours=22)  # the same day there, the day before in UTC
ADDRESSEE = Addressee("Board", None, ("1 A Street", "B, MA 02139"), "Dear Members", None)


@pytest.fixture
def store(tmp_path: Path) -> LetterStore:
    return LetterStore(tmp_path / "letters")


def reach(**changes: object) -> int:
    """Have ten people of Massachusetts sign, and return their milestone."""
    with transaction() as session:
        district = make_district(session)
        make_post(session, district)
        campaign = make_campaign(session, step=10, **changes)
        make_located(session, campaign, district, 10)
        campaign_id = campaign.id
    (milestone_id,) = count_batch(campaign_id).milestones
    return milestone_id


def read_content(milestone_id: int, now: datetime) -> LetterContent:
    """What a letter to the board would say at a moment."""
    session = db.session()
    milestone = session.get_one(Milestone, milestone_id)
    members = read_members(session, milestone)
    words, replies = Words((), 0, 0, None), ReplyList()
    (content,) = read_contents(session, milestone, members, words, replies, [ADDRESSEE], now)
    return content


def test_an_evenings_letter_is_dated_that_day_and_its_page_says_so(
    app: Flask, context: AppContext, monkeypatch: pytest.MonkeyPatch, store: LetterStore
) -> None:
    milestone_id = reach()
    moments = iter([EVENING, EVENING + timedelta(hours=4)])  # read, then filed the day after
    monkeypatch.setattr(make, "utcnow", lambda: next(moments))

    render_milestone(milestone_id, store)

    letter = db.session.scalars(select(Letter)).one()
    assert "July 4, 2199" in read_text(store.read(letter.sha256))
    code = db.session.scalars(select(Milestone.code)).one()
    db.session.rollback()
    page = app.test_client().get(f"/letters/{code}").get_data(as_text=True)
    assert ">July 4, 2199</time>" in page


@pytest.mark.parametrize(
    ("language", "day"), [("en", "July 4, 2199"), ("es", "4 de julio de 2199")]
)
def test_any_moment_of_a_day_there_gives_the_same_letter(
    context: AppContext, language: str, day: str
) -> None:
    milestone_id = reach(language=language)

    letters = [render_letter(read_content(milestone_id, at)) for at in (DAY_BEFORE, EVENING)]

    assert letters[0].sha256 == letters[1].sha256
    assert day in read_text(letters[0].pdf)


def test_an_earlier_letter_has_the_day_of_its_state_too(context: AppContext) -> None:
    milestone_id = reach()
    look_at(milestone_id)
    with transaction() as session:
        first = session.get_one(Milestone, milestone_id)
        first.sealed_at = EVENING
        campaign, district = first.campaign, session.scalars(select(District)).one()
        make_located(session, campaign, district, 10)
        campaign_id = campaign.id
    count_batch(campaign_id)

    second = db.session.scalars(select(Milestone).where(Milestone.number == 2)).one()
    content = read_content(second.id, EVENING)

    assert [one.dated for one in content.earlier] == [find_day(EVENING, "MA")]
    assert content.dated.day == 4


def test_a_preview_has_the_day_of_the_state(context: AppContext) -> None:
    with transaction() as session:
        district = make_district(session)
        values = {"organization": ["Doors"], "title": "A rule", "letter": "Please act."}
        content = make_preview(session, values, district, ADDRESSEE, 10, EVENING)

    assert content.dated.isoformat() == "2199-07-04"


@pytest.mark.parametrize(
    ("state", "day"), [("MA", 4), ("CA", 4), ("HI", 4), ("GU", 5), ("PR", 4), ("", 4), ("XX", 4)]
)
def test_a_day_is_that_of_the_state(state: str, day: int) -> None:
    assert find_day(EVENING, state).day == day
