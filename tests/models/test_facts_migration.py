"""What events told of so far is in columns once the migration has run, on filled tables."""

from datetime import timedelta
from typing import Any

import pytest
from flask.ctx import AppContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Campaign, Event, Milestone, Signature, SuccessorNotice
from tests.factories import make_campaign, make_district, make_signature, make_tally

FIRST = (utcnow() - timedelta(days=3)).replace(microsecond=0)
LAST = FIRST + timedelta(days=1)


def tell(session: Session, action: str, subject_id: int, **detail: Any) -> None:
    """Write an event of two moments, as a thing that was done twice has them."""
    subject = action.partition(".")[0]
    row = {"actor": "system", "action": action, "subject": subject, "subject_id": subject_id}
    session.execute(insert(Event).values(**row, at=FIRST, detail={"code": "451 at rcpt"} | detail))
    session.execute(insert(Event).values(**row, at=LAST, detail=detail))


def fill() -> None:
    """Make a row of each kind that events tell of, beside one that none tells of."""
    with transaction() as session:
        before = make_campaign(session, id=1, state="closed")
        after = make_campaign(session, id=2)
        make_tally(session, before, make_district(session), live=0, reached=2)
        for number in range(1, 5):
            state = {"state": "review", "due_at": None} if number > 2 else {}
            moment = {"unreachable_at": utcnow()} if number == 1 else {}
            make_signature(session, after, id=number, seat=number % 2 + 1, **state, **moment)
        session.flush()
        told = session.scalars(select(Milestone.id).order_by(Milestone.id)).first() or 0
        tell(session, "milestone.told", told, signers=1)
        tell(session, "campaign.closed", before.id)
        tell(session, "campaign.closed", after.id)  # and opened again since
        tell(session, "campaign.successor_told", before.id, successor=after.id)
        tell(session, "campaign.successor_told", before.id, successor=77)  # lost in a restore
        tell(session, "signature.unreachable", 1, code="550 5.1.1 at rcpt")
        tell(session, "signature.resubscribed", 2)
        tell(session, "signature.home_named", 3)


def read_facts() -> list[Any]:
    columns = (
        Signature.unreachable_cause,
        Signature.resubscribed_at,
        Signature.answered_at,
        Signature.touched_at,
    )
    queries = (
        select(Milestone.notified_at).order_by(Milestone.id),
        select(Campaign.closed_at).order_by(Campaign.id),
        select(*columns).order_by(Signature.id),
        select(
            SuccessorNotice.campaign_id, SuccessorNotice.successor_id, SuccessorNotice.notified_at
        ),
    )
    found = [[tuple(row) for row in db.session.execute(query)] for query in queries]
    db.session.rollback()
    return found


@pytest.mark.own_database
def test_the_facts_are_filled_from_the_events_and_again_after_a_way_back(
    context: AppContext,
) -> None:
    fill()
    wanted = [
        [(LAST,), (None,)],
        [(LAST,), (None,)],
        [
            ("550 5.1.1 at rcpt", None, None, None),
            (None, LAST, None, None),
            (None, None, LAST, LAST),
            (None, None, None, None),
        ],
        [(1, 2, LAST)],
    ]

    for _ in range(2):
        downgrade(revision="0032")
        upgrade()

        assert read_facts() == wanted
