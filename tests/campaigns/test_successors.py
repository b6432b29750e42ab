"""The campaign that follows: who asked is told once, and a closed page leads there."""

from datetime import timedelta

import pytest
from flask.ctx import AppContext
from sqlalchemy import select

from petition.campaigns.lifecycle import set_state
from petition.campaigns.successors import find_successor, set_successor
from petition.core.clock import utcnow
from petition.core.errors import NotFound, UserError
from petition.core.extensions import db, transaction
from petition.models import Campaign, CampaignState, Mail, SignatureState
from petition.notifications.batches import send_batch
from petition.notifications.successor_notices import plan_successors
from tests.factories import make_campaign, make_person, make_signature
from tests.mail.servers import Answers, polite_server
from tests.notifications.conftest import Enter, read_mails, read_part

OLD, NEW, THIRD = "the-old-letter", "the-new-letter", "the-third-letter"
CLOSED, OPEN, DRAFT = CampaignState.CLOSED, CampaignState.OPEN, CampaignState.DRAFT


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
    assert mail["Subject"] == "A new letter follows the one you signed: The new letter"
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


def lay_third(**changes: object) -> None:
    """Close the one that follows, and have a third follow that."""
    with transaction() as session:
        second = session.scalars(select(Campaign).where(Campaign.slug == NEW)).one()
        second.state, second.successor = CLOSED, THIRD
        make_campaign(session, slug=THIRD, title="The third letter", **changes)


def add_signer(slug: str, **changes: object) -> int:
    with transaction() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.slug == slug)).one()
        return make_signature(session, campaign, **changes).id


def test_a_closed_one_leads_on_to_the_first_that_is_open(enter: Enter) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        lay_pair()
        lay_third()
        assert find() == THIRD
        assert (plan_successors(), plan_successors()) == (1, 0)
        send_batch()

    (mail,) = read_mails(answers.kept)
    assert "https://petition.example/campaigns/the-third-letter" in read_part(mail, "plain")


@pytest.mark.parametrize("state", [CLOSED, DRAFT])
def test_a_chain_without_an_open_end_leads_nowhere(
    context: AppContext, state: CampaignState
) -> None:
    lay_pair()
    lay_third(state=state)

    assert find() is None
    assert plan_successors() == 0


def test_what_follows_one_that_is_still_to_open_is_not_announced(context: AppContext) -> None:
    lay_pair()
    lay_third()
    set_state(NEW, DRAFT)

    assert find() is None
    assert plan_successors() == 0


@pytest.mark.parametrize("follower", [OLD, NEW, THIRD])
def test_a_circle_leads_nowhere_and_comes_to_an_end(context: AppContext, follower: str) -> None:
    lay_pair()
    lay_third(state=CLOSED, successor=follower)

    assert find() is None
    assert plan_successors() == 0


def test_a_chain_is_followed_for_so_long_and_no_longer(context: AppContext) -> None:
    lay_pair(successor="letter-2")
    with transaction() as session:
        for number in range(2, 11):
            following = f"letter-{number + 1}"
            make_campaign(session, slug=f"letter-{number}", state=CLOSED, successor=following)
        make_campaign(session, slug="letter-11", successor="letter-12")
        make_campaign(session, slug="letter-12")

    assert find() == "letter-11"
    set_state("letter-11", CLOSED)
    assert find() is None


def test_who_has_signed_it_already_is_not_told_of_it(context: AppContext) -> None:
    lay_pair(asked=0)
    ada, bob, eve = make_person(), make_person(), make_person()
    for person in (ada, bob, eve):
        add_signer(OLD, person=person, tell_successor=True)
    add_signer(NEW, person=ada, state=SignatureState.COUNTED)
    add_signer(NEW, person=bob, state=SignatureState.WITHDRAWN, ended_at=utcnow(), due_at=None)
    add_signer(NEW, person=eve, state=SignatureState.PENDING)  # by whomever

    assert (plan_successors(), plan_successors()) == (2, 0)


def test_who_signs_it_before_the_mail_goes_is_not_told_of_it(enter: Enter) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        lay_pair(asked=0)
        ada = make_person()
        add_signer(OLD, person=ada, tell_successor=True)
        assert plan_successors() == 1
        add_signer(NEW, person=ada)
        send_batch()

    assert answers.kept == []


def test_who_was_told_of_one_is_not_told_of_the_next(enter: Enter) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        lay_pair()
        plan_successors()
        send_batch()
        lay_third()
        assert (find(), plan_successors(), len(answers.kept)) == (THIRD, 0, 1)


def test_who_was_not_told_in_time_is_told_of_the_next(enter: Enter) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        lay_pair()
        plan_successors()
        lay_third()
        send_batch()
        assert answers.kept == []
        assert plan_successors() == 1
        send_batch()

    (mail,) = read_mails(answers.kept)
    assert mail["Subject"] == "A new letter follows the one you signed: The third letter"


def test_who_signed_several_that_lead_to_it_is_told_once(context: AppContext) -> None:
    lay_pair(asked=0)
    lay_third()
    ada = make_person()
    for slug in (OLD, NEW):
        add_signer(slug, person=ada, tell_successor=True)

    assert (plan_successors(), plan_successors()) == (1, 0)


def test_who_unsubscribed_from_one_is_told_by_the_other_that_they_signed(
    context: AppContext,
) -> None:
    lay_pair(asked=0)
    lay_third()
    ada = make_person()
    add_signer(OLD, person=ada, tell_successor=True, unsubscribed_at=utcnow())
    asked = add_signer(NEW, person=ada, tell_successor=True)

    assert plan_successors() == 1
    assert db.session.scalars(select(Mail.signature_id)).all() == [asked]
