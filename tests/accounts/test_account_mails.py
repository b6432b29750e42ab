"""E-mails to accounts through a real mail server: put off, refused, gone, and each sent once."""

from collections.abc import Callable
from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy import select

from petition.accounts.invitations import invite
from petition.accounts.mail_batches import is_account_mail_due, send_account_mails
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import AccountMail, MailLane, RoleName
from tests.mail.refusing import Refusing, refusing_server
from tests.mail.servers import Answers, polite_server
from workers.reconcile import reconcile

FIRST, SECOND = "ada@staff.example", "bea@staff.example"
LATER = timedelta(minutes=2)


def invite_both(app: Flask) -> None:
    with app.app_context():
        for email in (FIRST, SECOND):
            invite(email, RoleName.READER, actor="test")


def list_mails() -> list[tuple[bool, bool]]:
    """Return whether each was sent, and whether it is still to be."""
    db.session.rollback()
    rows = db.session.scalars(select(AccountMail).order_by(AccountMail.id)).all()
    return [(row.sent_at is not None, row.due_at is not None) for row in rows]


def test_each_is_sent_once(make_app: Callable[..., Flask]) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        app = make_app(PETITION_SMTP_URL=f"smtp://{address}")
        invite_both(app)
        with app.app_context():
            assert send_account_mails() == 2
            assert send_account_mails() == 0 and not is_account_mail_due()

    assert answers.recipients == [FIRST, SECOND]
    assert b"List-Unsubscribe" not in answers.kept[0]


def test_a_server_that_is_away_is_asked_once_and_again_later(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(PETITION_SMTP_URL="smtp://127.0.0.1:1")
    invite_both(app)
    with app.app_context():
        assert send_account_mails() == 0
        assert list_mails() == [(False, True)] * 2 and not is_account_mail_due()
    answers = Answers()

    with polite_server(answers) as address, time_machine.travel(utcnow() + LATER):
        with make_app(PETITION_SMTP_URL=f"smtp://{address}").app_context():
            assert send_account_mails() == 2
            assert list_mails() == [(True, False)] * 2


def test_one_that_is_refused_for_now_does_not_hold_the_other(
    make_app: Callable[..., Flask],
) -> None:
    answers = Answers(rcpt=["451 4.7.1 Greylisted"])
    with polite_server(answers) as address:
        app = make_app(PETITION_SMTP_URL=f"smtp://{address}")
        invite_both(app)
        with app.app_context():
            assert send_account_mails() == 2
            assert list_mails() == [(False, True), (True, False)]
            with time_machine.travel(utcnow() + LATER):
                assert send_account_mails() == 1
            assert list_mails() == [(True, False)] * 2


def test_where_there_is_no_such_mailbox_it_is_dropped(make_app: Callable[..., Flask]) -> None:
    answers = Answers(rcpt=["550 5.1.1 No such user"])
    with polite_server(answers) as address:
        app = make_app(PETITION_SMTP_URL=f"smtp://{address}")
        invite_both(app)
        with app.app_context():
            send_account_mails()
            assert list_mails() == [(False, False), (True, False)]


def test_what_is_refused_because_of_us_is_tried_for_three_days(
    make_app: Callable[..., Flask],
) -> None:
    mails = Refusing("mail", "550 5.7.1 Sender refused")
    with refusing_server(mails) as address:
        app = make_app(PETITION_SMTP_URL=f"smtp://{address}")
        invite_both(app)
        with app.app_context():
            send_account_mails()
            assert list_mails() == [(False, True)] * 2
            with time_machine.travel(utcnow() + timedelta(days=3, minutes=1)):
                send_account_mails()
            assert list_mails() == [(False, False)] * 2


def test_a_worker_that_died_leaves_it_due_again(app: Flask) -> None:
    from petition.accounts.mail_batches import _claim

    invite_both(app)
    with app.app_context():
        _claim(20)
        assert not is_account_mail_due()
        with time_machine.travel(utcnow() + timedelta(minutes=6)):
            assert send_account_mails() == 2
        assert list_mails() == [(True, False)] * 2


def test_while_the_lane_is_stopped_they_wait(app: Flask) -> None:
    invite_both(app)
    now = utcnow()
    with app.app_context():
        with transaction() as session:
            session.add(
                MailLane(
                    name="signers",
                    refused_since=now,
                    cause="550 at mail",
                    stopped_at=now,
                    probe_at=now + timedelta(hours=1),
                    probes=1,
                )
            )
        assert send_account_mails() == 0
        assert list_mails() == [(False, True)] * 2


def test_the_reconciler_wakes_the_stage_that_sends_them(app: Flask) -> None:
    with app.app_context():
        assert reconcile().mail == 0
    invite_both(app)
    with app.app_context():
        assert reconcile().mail == 1
