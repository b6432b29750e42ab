"""The campaign that follows: who asked is told once, and a closed page leads there."""

from datetime import timedelta

import pytest
from flask.ctx import AppContext
from sqlalchemy import select

from petition.clock import utcnow
from petition.errors import NotFound, UserError
from petition.extensions import db, transaction
from petition.models import Campaign, CampaignState, Mail, SignatureState
from petition.signing.campaigns import set_state
from petition.signing.mails.sending import send_batch
from petition.signing.successors import find_successor, plan_successors, set_successor
from tests.factories import make_campaign, make_signature
from tests.mail.servers import Answers, polite_server
from tests.signing.conftest import Enter, read_mails, read_part

OLD, NEW = "the-old-letter", "the-new-letter"


def lay_pair(asked: int = 1, **changes: object) -> None:
    """Add a closed campaign with an open successor, and so many signers who asked to be told."""
    with transaction() as session:
        values = {"state": CampaignState.CLOSED, "successor": NEW} | changes
        campaign = make_campaign(session, slug=OLD, title="The old letter", **values)
        make_campaign(session, slug=NEW, title="The new letter")
        for number in range(asked + 1):
            make_signature(session, campaign, tell_successor=number < asked)


def find() -> str | None:
    db.session.expire_all()
    campaign = db.session.scalars(select(Campaign).where(Campaign.slug == OLD)).one()
    found = find_successor(campaign, utcnow())
    return found.slug if found else None


def test_who_asked_is_told_once(enter: Enter) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        lay_pair()
        assert (plan_successors(), plan_successors()) == (1, 0)
        send_batch()
        set_state(OLD, CampaignState.OPEN)
        set_state(OLD, CampaignState.CLOSED)
        assert (plan_successors(), send_batch()) == (0, 0)

    (mail,) = read_mails(answers.kept)
    assert mail["Subject"] == "The new letter: the letter that follows yours"
    assert "https://petition.example/campaigns/the-new-letter" in read_part(mail, "plain")


def test_many_are_told_in_rounds(context: AppContext) -> None:
    lay_pair(asked=5)

    assert [plan_successors(limit=2) for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.parametrize(
    "changes",
    [
        {"state": CampaignState.OPEN},
        {"successor": None},
        {"successor": "no-such-letter"},
        {"state": CampaignState.DRAFT},
    ],
)
def test_nobody_is_told_before_there_is_something_to_tell(
    context: AppContext, changes: dict[str, object]
) -> None:
    lay_pair(**changes)

    assert plan_successors() == 0
    assert find() is None


def test_a_campaign_whose_time_is_over_is_closed(context: AppContext) -> None:
    lay_pair(state=CampaignState.OPEN, closes_at=utcnow() - timedelta(days=1))

    assert find() == NEW
    assert plan_successors() == 1


def test_a_successor_that_closed_meanwhile_is_not_told(enter: Enter) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        lay_pair()
        plan_successors()
        set_state(NEW, CampaignState.CLOSED)
        send_batch()

    assert answers.kept == []
    assert find() is None


def test_who_has_not_confirmed_is_not_told(context: AppContext) -> None:
    lay_pair(asked=0)
    with transaction() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.slug == OLD)).one()
        make_signature(session, campaign, tell_successor=True, state=SignatureState.PENDING)

    assert plan_successors() == 0
    assert db.session.scalars(select(Mail.id)).all() == []


def test_a_successor_is_set_and_taken_back(context: AppContext) -> None:
    lay_pair(successor=None)

    set_successor(OLD, NEW)
    assert find() == NEW
    set_successor(OLD, None)
    assert find() is None
    for slug, successor in ((OLD, "no-such-letter"), ("no-such-letter", NEW)):
        with pytest.raises(NotFound):
            set_successor(slug, successor)
    with pytest.raises(UserError):
        set_successor(OLD, OLD)
