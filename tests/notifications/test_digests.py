"""A signer is told of all their letters in one mail: gathered, raced, killed, told once each."""

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.message import EmailMessage

import pytest
from flask.ctx import AppContext
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.dispatch.leases import BATCH_LEASE
from petition.models import Delivery, Mail, Milestone
from petition.notifications.arrival_notices import plan_delivered
from petition.notifications.batches import send_batch
from petition.notifications.requeueing import resume
from tests.delivery.letter_reports import note_bounce
from tests.mail.servers import Answers, RoughServer, never_answer, polite_server
from tests.notifications.conftest import Enter, arrive, carry, carry_again, read_mails, read_part

Later = Callable[[timedelta], None]
GAP = timedelta(hours=4)
MINUTE = timedelta(minutes=1)
FOUR_HOURS = {"PETITION_DELIVERED_MAIL_HOURS": "4"}
# Ends itself the hard way once the server has taken the first mail, before that is written down.
VICTIM = """
import os, signal
from petition import create_app
from petition.notifications import batches
batches._settle = lambda *given: os.kill(os.getpid(), signal.SIGKILL)
with create_app().app_context():
    batches.send_batch()
"""


def lay(people: int = 1) -> tuple[list[int], list[int]]:
    """Let a hundred in each of three layers carry the same signers; return (milestones, them)."""
    first, signers = carry(*[{"notify": True}] * people)
    return [first, *(carry_again(signers, layer) for layer in ("sldu", "sldl"))], signers


def read_codes(mail: EmailMessage) -> list[str]:
    """Return the codes of the letters that a mail tells of, the same in text and HTML."""
    found = [re.findall(r"/letters/(\w+)", read_part(mail, kind)) for kind in ("plain", "html")]
    assert found[0] == found[1]
    return found[0]


def list_told(answers: Answers) -> list[list[str]]:
    return [read_codes(mail) for mail in read_mails(answers.kept)]


def read_code(milestone_id: int) -> str:
    db.session.rollback()
    return db.session.get_one(Milestone, milestone_id).code


def test_letters_of_three_layers_come_in_one_mail_and_a_late_one_after_the_gap(
    enter: Enter, make_later: Later
) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address, **FOUR_HOURS)
        milestones, signers = lay()
        codes = [read_code(id) for id in milestones]
        for milestone in milestones:
            arrive(milestone)
            plan_delivered()
            make_later(timedelta(minutes=50))
        assert (send_batch(), answers.kept) == (0, [])
        make_later(GAP - timedelta(minutes=149))
        assert (send_batch(), send_batch()) == (1, 0)
        assert list_told(answers) == [codes]

        late = carry_again(signers, "cd", "email")
        arrive(late)
        plan_delivered()
        make_later(timedelta(hours=3))
        assert (send_batch(), len(answers.kept)) == (0, 1)
        make_later(timedelta(hours=1) + MINUTE)
        assert (send_batch(), send_batch()) == (1, 0)
        assert list_told(answers) == [codes, [read_code(late)]]

    first, second = read_mails(answers.kept)
    assert first["Subject"].startswith("Your 3 letters were sent: ")
    assert second["Subject"].startswith("Your letter was sent: ")
    assert "handed to the office’s mail server on" in read_part(second, "plain")
    assert "A mail server does not say" in read_part(second, "plain")
    assert "A mail server does not say" not in read_part(first, "plain")
    assert set(db.session.scalars(select(Mail.due_at))) == {None}


def test_workers_that_race_send_each_signer_one_mail(enter: Enter, make_later: Later) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        app = enter(address, **FOUR_HOURS)
        milestones, signers = lay(30)
        for milestone in milestones:
            arrive(milestone)
        plan_delivered()
        make_later(GAP + MINUTE)
        db.session.remove()

        def work() -> None:
            with app.app_context():
                for _ in range(40):
                    send_batch(3)

        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(work) for _ in range(4)]:
                done.result()
        codes = [read_code(id) for id in milestones]

    assert list_told(answers) == [codes] * 30
    assert len(set(answers.recipients)) == 30
    assert all(mail.sent_at is not None for mail in db.session.scalars(select(Mail)))


@pytest.mark.own_database
def test_what_was_cut_off_goes_again_whole_and_under_the_same_name(
    enter: Enter, make_later: Later, environment: dict[str, str]
) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        milestones, _ = lay()
        for milestone in milestones:
            arrive(milestone)
        plan_delivered()
        db.session.execute(update(Mail).values(created_at=utcnow() - GAP, due_at=utcnow()))
        db.session.commit()
        mailing = {"PETITION_SMTP_URL": f"smtp://{address}?timeout=5"}
        process = subprocess.run(
            [sys.executable, "-c", VICTIM], env=os.environ | environment | mailing, check=False
        )
        assert process.returncode == -signal.SIGKILL
        assert send_batch() == 0  # the lease of the dead worker
        make_later(BATCH_LEASE + MINUTE)
        assert (send_batch(), send_batch()) == (1, 0)
        codes = [read_code(id) for id in milestones]

    assert list_told(answers) == [codes, codes]
    assert len({mail["Message-ID"] for mail in read_mails(answers.kept)}) == 1


def test_what_came_back_is_left_out_and_told_once_it_has_gone(
    enter: Enter, make_later: Later
) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address, **FOUR_HOURS)
        milestones, _ = lay()
        for milestone in milestones:
            arrive(milestone)
        plan_delivered()
        back = {}
        for milestone in milestones[:1]:
            of_it = select(Delivery.message_id).where(Delivery.milestone_id == milestone)
            back[milestone] = db.session.scalars(of_it).one()
            note_bounce(back[milestone])
        make_later(GAP + MINUTE)
        while send_batch():
            pass
        told = list_told(answers)
        with transaction() as session:
            delivery = session.scalars(
                select(Delivery).where(Delivery.milestone_id == milestones[0])
            ).one()
            for state in ("retry_wait", "sending", "accepted"):
                delivery.state = state
                session.flush()
        make_later(timedelta(hours=7))
        while send_batch():
            pass
        codes = [read_code(id) for id in milestones]

    assert told == [codes[1:]]
    assert list_told(answers) == [codes[1:], codes[:1]]


def test_a_server_that_is_away_delays_all_of_it_together(enter: Enter, make_later: Later) -> None:
    answers = Answers()
    with RoughServer(never_answer) as server:
        enter(server.address, PETITION_LEASE_SECONDS="1")
        milestones, _ = lay()
        for milestone in milestones:
            arrive(milestone)
        plan_delivered()
        make_later(timedelta(minutes=11))
        assert send_batch() == 0
    with polite_server(answers) as address:
        enter(address)
        make_later(timedelta(hours=3))
        assert (send_batch(), send_batch()) == (1, 0)
        codes = [read_code(id) for id in milestones]

    assert list_told(answers) == [codes]
    assert Counter(db.session.scalars(select(Mail.attempt))) == {2: 3}


def test_what_was_given_up_and_revives_goes_with_what_waits(
    enter: Enter, make_later: Later
) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        milestones, _ = lay()
        for milestone in milestones:
            arrive(milestone)
        plan_delivered()
        make_later(timedelta(minutes=11))
        first, *others = db.session.scalars(select(Mail.id).order_by(Mail.id)).all()
        with transaction() as session:
            one = session.get_one(Mail, first)
            one.told_with, one.due_at, one.attempt = first, None, 10  # given up
            session.get_one(Mail, others[0]).told_with = others[0]  # put off
        resume("cli")
        assert (send_batch(), send_batch()) == (1, 0)
        codes = [read_code(id) for id in milestones]

    assert sorted(list_told(answers)[0]) == sorted(codes)


def test_the_database_has_one_mail_of_letters_on_its_way_to_a_signer(context: AppContext) -> None:
    milestones, _ = lay()
    for milestone in milestones:
        arrive(milestone)
    plan_delivered()

    with pytest.raises(IntegrityError, match="uq_mails_one_telling|mails.signature_id"):
        with transaction() as session:
            session.execute(text("UPDATE mails SET told_with = id"))
