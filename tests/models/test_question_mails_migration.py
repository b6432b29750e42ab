"""The kind of mail that asks, allowed and taken back by its migration."""

import pytest
from flask.ctx import AppContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Mail, RefusedMail
from tests.notifications.conftest import sign_one

REFUSED = {"tries": 1, "times": 1, "cause": "550 at rcpt", "first_at": utcnow()}


@pytest.mark.own_database
def test_the_mails_stay_and_only_the_questions_go_with_their_kind(context: AppContext) -> None:
    row = {"signature_id": sign_one(), "created_at": utcnow(), "due_at": utcnow()}
    with transaction() as session:
        for number, kind in enumerate(("link", "question"), start=1):
            session.execute(insert(Mail).values(row | {"id": number, "kind": kind}))
            refused = REFUSED | {"mail_id": number, "last_at": utcnow()}
            refused["signature_id"] = row["signature_id"]
            session.execute(insert(RefusedMail).values(refused))

    downgrade(revision="0015")
    kept = [tuple(each) for each in db.session.execute(text("SELECT id, kind FROM mails"))]
    refusals = db.session.scalars(text("SELECT mail_id FROM refused_mails")).all()
    db.session.rollback()
    refused_then = insert(Mail).values(row | {"id": 2, "kind": "question"})
    with pytest.raises(IntegrityError, match="ck_mails_kind_known"), transaction() as session:
        session.execute(refused_then)
    upgrade()
    with transaction() as session:
        session.execute(refused_then)

    assert (kept, refusals) == ([(1, "link")], [1])
