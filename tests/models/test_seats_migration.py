"""The migration of seats, with rows: what an older version can hold, and what it is given back."""

import pytest
from flask.ctx import AppContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from petition.core.extensions import db, transaction
from tests.factories import make_campaign, make_person, make_signature

BEFORE = "0006"


@pytest.mark.own_database
def test_seats_go_and_come_back_with_one_signature_for_a_mailbox(context: AppContext) -> None:
    with transaction() as session:
        campaign = make_campaign(session, confirm_email=True)
        open_one = make_campaign(session, confirm_email=False)
        person, other = make_person(), make_person()
        for whose, changes in (
            (person, {"seat": 1}),
            (person, {"seat": 2}),
            (person, {"state": "pending", "confirmed_at": None}),
            (other, {"state": "pending", "confirmed_at": None}),
            (other, {"state": "pending", "confirmed_at": None}),
        ):
            make_signature(session, campaign, person=whose, **changes)
        make_signature(session, open_one, person=person)
    db.session.remove()
    downgrade(revision=BEFORE)

    assert read("state") == [
        ("confirmed",),
        ("withdrawn",),
        ("expired",),
        ("expired",),
        ("pending",),
        ("confirmed",),
    ]
    upgrade()

    seats = [seat for (seat,) in read("seat")]
    proved = [at is not None for (at,) in read("proved_at")]
    assert (seats[0], seats[4], seats[5]) == (1, None, 1)
    assert (proved[0], proved[4], proved[5]) == (True, False, False)


def read(column: str) -> list[tuple[object, ...]]:
    rows = db.session.execute(text(f"SELECT {column} FROM signatures ORDER BY id"))  # noqa: S608
    found = [tuple(row) for row in rows]
    db.session.remove()
    return found
