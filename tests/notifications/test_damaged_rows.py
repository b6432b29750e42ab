"""Mails go on beside answers that do not open."""

from sqlalchemy import select

from petition.core.extensions import db, transaction
from petition.models import Event, MailKind, Signature, SignatureState
from petition.notifications.batches import send_batch
from petition.notifications.confirmations import mail_batch
from petition.notifications.mail_plans import plan
from petition.participants.recent import list_recent
from tests.factories import make_campaign, make_signature
from tests.locating.test_damaged_rows import damage
from tests.mail.servers import Answers, polite_server
from tests.notifications.conftest import Enter


def add(how_many: int, **changes: object) -> list[int]:
    with transaction() as session:
        campaign = make_campaign(session)
        return [make_signature(session, campaign, **changes).id for _ in range(how_many)]


def list_unreadable() -> list[int]:
    query = select(Event.subject_id).where(Event.action == "signature.unreadable")
    return list(db.session.scalars(query))


def test_confirmations_go_to_all_others(enter: Enter) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        numbers = add(5, state=SignatureState.PENDING, confirmed_at=None)
        damage(numbers[2])

        while mail_batch():
            pass

    assert len(answers.kept) == 4
    assert list_unreadable() == [numbers[2]]
    row = db.session.get_one(Signature, numbers[2])
    assert (row.state, row.review_reason, row.mailed_at) == ("pending", "unreadable", None)
    assert row.due_at is not None


def test_other_mails_go_to_all_others(enter: Enter) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        numbers = add(5)
        damage(numbers[2])
        with transaction() as session:
            signers = select(Signature.id).where(Signature.id.in_(numbers))
            now = session.get_one(Signature, numbers[0]).created_at
            plan(session, signers, MailKind.LINK, now)

        while send_batch():
            pass

    assert len(answers.kept) == 4
    assert list_unreadable() == [numbers[2]]


def test_the_others_are_shown_among_the_recent_ones(enter: Enter) -> None:
    enter("127.0.0.1:1")
    numbers = add(3, show_name=True)
    damage(numbers[1])
    campaign_id = db.session.get_one(Signature, numbers[0]).campaign_id

    assert len(list_recent(campaign_id, 10)) == 2
