"""Who never came to count is let go after a while, and nobody else is."""

from datetime import timedelta

from flask.ctx import AppContext
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Event, Signature, SignatureState
from petition.retention.ended_signatures import erase_ended
from petition.retention.run import erase
from tests.factories import make_campaign, make_signature

KEPT_FOR = timedelta(days=30)
LONG_AGO = KEPT_FOR + timedelta(minutes=1)
JUST_NOW = KEPT_FOR - timedelta(minutes=1)


def add(state: SignatureState, ago: timedelta) -> int:
    with transaction() as session:
        signature = make_signature(
            session, make_campaign(session), state=state, ended_at=utcnow() - ago, due_at=None
        )
        return signature.id


def list_kept() -> set[int]:
    db.session.expire_all()
    query = select(Signature.id).where(Signature.person.is_not(None))
    return set(db.session.scalars(query))


def test_expired_and_rejected_people_are_erased_after_thirty_days(context: AppContext) -> None:
    gone = {add(state, LONG_AGO) for state in (SignatureState.EXPIRED, SignatureState.REJECTED)}
    kept = {
        add(SignatureState.EXPIRED, JUST_NOW),
        add(SignatureState.REJECTED, JUST_NOW),
        add(SignatureState.WITHDRAWN, LONG_AGO),  # has a link, and may still look
    }

    assert erase().total == len(gone)
    assert erase().total == 0

    assert list_kept() == kept
    query = select(Event.subject_id, Event.actor).where(Event.action == "signature.erased")
    assert {tuple(row) for row in db.session.execute(query)} == {(one, "retention") for one in gone}


def test_a_backlog_is_erased_in_parts(context: AppContext) -> None:
    for _ in range(3):
        add(SignatureState.EXPIRED, LONG_AGO)

    before = utcnow() - KEPT_FOR
    assert [erase_ended(before, 2, SignatureState.EXPIRED) for _ in range(3)] == [2, 1, 0]
    assert list_kept() == set()
