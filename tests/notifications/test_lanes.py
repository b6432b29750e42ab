"""A lane that is refused stops: mails wait, nobody is lost, and mended all go by themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.dispatch.lanes import LONGEST_PAUSE, MANY_OF_ONE_CAUSE, PROBE_EACH
from petition.models import (
    Event,
    LaneName,
    Mail,
    MailKind,
    MailLane,
    RefusedMail,
    Signature,
    SignatureState,
)
from petition.notifications.batches import send_batch
from petition.notifications.confirmations import mail_batch
from petition.notifications.mail_handover import HandoverOutcome
from petition.notifications.mail_plans import plan
from petition.notifications.refusals import Try, forget_old_refusals, note_came_back, note_outcome
from petition.notifications.requeueing import CONFIRMATION, resume
from petition.postal.zip_places import known_postal_code
from petition.signing.sign import sign
from tests.factories import make_campaign, make_person, make_signature
from tests.mail.refusing import Refusing, refusing_server
from tests.notifications.conftest import Enter

Later = Callable[[timedelta], None]
SIGNERS = 8
MINUTE = timedelta(minutes=1)

# As published by those who run mail servers; each speaks of us, of the way or of the text, or says
# too little to take somebody's address for dead. Said to everybody, none is about the recipient.
WORDINGS = [
    ("mail", "550 5.1.0 <letters@petition.example> sender rejected. AUP#In-1310"),
    ("mail", "550 5.7.1 Sender rejected"),
    ("mail", "550 sender verify fail"),
    ("mail", "553 5.1.8 Domain of sender address does not exist"),
    ("mail", "553 5.7.1 Sender address rejected: not owned by user relay"),
    ("mail", "501 5.1.7 Invalid address"),
    ("mail", "530 5.7.0 Must issue a STARTTLS command first"),
    ("mail", "530 Authentication required"),
    ("mail", "554 5.7.1 Client host rejected: cannot find your reverse hostname"),
    ("mail", "554 5.7.1 Service unavailable; client blocked using a list"),
    ("mail", "552 5.2.2 Your quota for today is over"),
    ("mail", "450 4.1.8 Sender address rejected: domain not found"),
    ("mail", "421 4.7.0 Try again later, closing connection"),
    ("mail", "452 4.3.1 Insufficient system storage"),
    ("rcpt", "550 relay not permitted"),
    ("rcpt", "550 rejected because 192.0.2.3 is in a black list"),
    ("rcpt", "550 5.7.1 Unable to relay"),
    ("rcpt", "554 5.7.1 Relay access denied"),
    ("rcpt", "553 sorry, that domain isn't in my list of allowed rcpthosts"),
    ("rcpt", "550 Please turn on SMTP authentication in your mail client"),
    ("rcpt", "550 5.7.26 This mail has been blocked because the sender is unauthenticated"),
    ("rcpt", "550 5.7.25 No PTR record"),
    ("rcpt", "550 5.1.0 sender rejected"),
    ("rcpt", "550 SPF check failed"),
    ("rcpt", "550 Domain has exceeded the max emails per hour (100/100) allowed"),
    ("rcpt", "550 5.5.0 Requested action not taken: mailbox unavailable"),
    ("rcpt", "550 5.1.1 User unknown"),
    ("rcpt", "550 No such user here"),
    ("rcpt", "551 Not our customer"),
    ("rcpt", "553 5.3.0 Rejected"),
    ("rcpt", "451 4.7.1 Greylisted"),
    ("rcpt", "450 4.7.1 Client host rejected"),
    ("rcpt", "454 4.7.1 Relay access denied"),
    ("data", "550 5.7.1 Message rejected as spam"),
    ("data", "554 5.7.1 Message content rejected"),
    ("data", "554 Message not allowed - TSS04"),
    ("data", "550 5.7.9 DMARC policy of the sender's domain"),
    ("data", "552 5.3.4 Message size exceeds fixed limit"),
    ("data", "451 4.7.500 Server busy"),
    ("data", "554 5.1.1 no valid recipients"),
]


def make_slug() -> str:
    with transaction() as session:
        return make_campaign(session, confirm_email=True).slug


def sign_many(slug: str, how_many: int = SIGNERS, after: int = 0, name: str = "ada") -> None:
    for number in range(after, after + how_many):
        form = {
            "given_name": "Ada",
            "family_name": "Example",
            "email": f"{name}-{number}@people.example",
            "postal_code": "02139",
        }
        sign(slug, form, known_postal_code)


def work() -> None:
    """What the worker's job does."""
    while mail_batch() or send_batch():
        pass


def work_for(later: Later, minutes: int, each: int = 1) -> None:
    """Work once every so many minutes of a clock that is moved."""
    for _ in range(0, minutes, each):
        work()
        later(each * MINUTE)
    work()


def count(*where: object) -> int:
    db.session.expire_all()
    statement = select(func.count(Signature.id)).where(*where)  # type: ignore[arg-type]
    return db.session.scalar(statement) or 0


def read_lane() -> MailLane:
    db.session.expire_all()
    return db.session.get_one(MailLane, LaneName.SIGNERS)


def plan_links(*signature_ids: int) -> None:
    with transaction() as session:
        signers = select(Signature.id).where(Signature.id.in_(signature_ids))
        plan(session, signers, MailKind.LINK, utcnow())


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
def test_an_hour_of_refusals_loses_nobody_and_all_are_mailed_once_it_is_mended(
    enter: Enter, make_later: Later, phase: str
) -> None:
    server = Refusing()
    with refusing_server(server) as address:
        enter(address)
        for part, reply in enumerate(reply for at, reply in WORDINGS if at == phase):
            name = f"ada{part}"
            server.break_down(phase, reply)
            slug = make_slug()
            sign_many(slug, 3, name=name)
            work_for(make_later, 30, each=10)
            sign_many(slug, 3, after=3, name=name)
            work_for(make_later, 30, each=10)
            assert server.recipients == []
            assert count(Signature.unreachable_at.is_not(None)) == 0
            assert read_lane().is_stopped, reply

            server.mend()
            make_later(LONGEST_PAUSE)
            work()

            wanted = [f"{name}-{number}@people.example" for number in range(6)]
            assert sorted(server.recipients) == wanted, reply
            assert count(Signature.mailed_at.is_(None)) == 0
            assert not read_lane().is_stopped


def test_wordings_that_change_with_every_mail_lose_nobody_either(
    enter: Enter, make_later: Later
) -> None:
    server = Refusing(*WORDINGS[0])
    with refusing_server(server) as address:
        enter(address)
        slug = make_slug()
        sign_many(slug, 20)
        for number in range(30):
            server.phase, server.reply = WORDINGS[number * 7 % len(WORDINGS)]
            work()
            make_later(2 * MINUTE)
        assert read_lane().is_stopped
        assert count(Signature.unreachable_at.is_not(None)) == 0
        server.mend()
        make_later(LONGEST_PAUSE)
        work()

    assert len(set(server.recipients)) == 20


def test_a_stopped_lane_tries_one_mail_a_minute_and_then_ever_fewer(
    enter: Enter, make_later: Later
) -> None:
    server = Refusing("mail", "550 5.7.1 Blocked")
    with refusing_server(server) as address:
        enter(address)
        sign_many(make_slug(), 30)
        work()
        assert server.refused == MANY_OF_ONE_CAUSE
        work()
        assert server.refused == MANY_OF_ONE_CAUSE
        make_later(PROBE_EACH)
        work()
        assert server.refused == MANY_OF_ONE_CAUSE + 1
        before = server.refused
        work_for(make_later, 60)

    assert before + 5 <= server.refused <= before + 8
    # None of those that wait was used up by it.
    assert count(Signature.attempt > 2) == 0


def test_a_mail_of_another_kind_is_tried_where_no_confirmation_waits(
    enter: Enter, make_later: Later
) -> None:
    server = Refusing("rcpt", "550 5.7.1 Blocked")
    with refusing_server(server) as address:
        enter(address)
        with transaction() as session:
            campaign = make_campaign(session)
            ids = [
                make_signature(
                    session, campaign, person=make_person(email=f"p{n}@people.example")
                ).id
                for n in range(7)
            ]
        plan_links(*ids)
        work()
        assert read_lane().is_stopped
        assert server.refused == MANY_OF_ONE_CAUSE
        server.mend()
        make_later(PROBE_EACH)
        work()

    assert len(server.recipients) == 7
    assert db.session.scalars(select(Mail.due_at)).all() == [None] * 7


def test_one_refused_again_and_again_stops_nobody(enter: Enter, make_later: Later) -> None:
    server = Refusing("rcpt", "550 5.7.1 Blocked")
    with refusing_server(server) as address:
        enter(address)
        sign_many(make_slug(), MANY_OF_ONE_CAUSE - 1)
        work_for(make_later, 60, each=5)

        assert not read_lane().is_stopped
        # Nor is one of them given up, since none was taken in between.
        make_later(timedelta(hours=30))
        for _ in range(12):
            work()
            make_later(timedelta(hours=2))
        assert count(Signature.mailed_at.is_not(None)) == 0
        server.mend()
        work()

    assert len(server.recipients) == MANY_OF_ONE_CAUSE - 1


def test_mailboxes_that_are_gone_stop_the_others_at_most_once(
    enter: Enter, make_later: Later
) -> None:
    gone = {f"ada-{number}@people.example" for number in range(6)}
    server = Refusing("rcpt", "550 5.1.1 User unknown", only=gone)
    with refusing_server(server) as address:
        enter(address)
        slug = make_slug()
        sign_many(slug, 6)
        work()
        assert read_lane().is_stopped
        assert count(Signature.unreachable_at.is_not(None)) == 0
        sign_many(slug, 20, after=6)
        make_later(PROBE_EACH)
        work_for(make_later, 15)

    assert len(server.recipients) == 20
    assert not read_lane().is_stopped
    assert (
        db.session.scalar(select(func.count(Event.id)).where(Event.action == "mail_lane.stopped"))
        == 1
    )


def test_one_gone_among_others_is_unreachable_at_once(enter: Enter) -> None:
    server = Refusing("rcpt", "550 5.1.1 User unknown", only={"ada-1@people.example"})
    with refusing_server(server) as address:
        enter(address)
        sign_many(make_slug(), 3)
        work()

    assert count(Signature.unreachable_at.is_not(None)) == 1
    assert len(server.recipients) == 2


def test_few_that_were_refused_are_tried_again_once_one_is_taken(enter: Enter) -> None:
    server = Refusing("rcpt", "550 5.1.1 User unknown")
    with refusing_server(server) as address:
        enter(address)
        slug = make_slug()
        sign_many(slug, 3)
        work()
        assert count(Signature.unreachable_at.is_not(None)) == 3
        server.only = {"ada-0@people.example"}
        sign_many(slug, 1, after=3)
        work()

    assert len(server.recipients) == 3
    assert count(Signature.unreachable_at.is_not(None)) == 1


def test_signing_again_within_a_day_is_mailed_once_it_is_mended(
    enter: Enter, make_later: Later
) -> None:
    server = Refusing("rcpt", "550 relay not permitted")
    with refusing_server(server) as address:
        enter(address)
        slug = make_slug()
        sign_many(slug)
        work()
        make_later(timedelta(hours=1))
        server.mend()
        sign_many(slug, 1)
        work()

    assert server.recipients.count("ada-0@people.example") == 1  # the latest answers alone
    assert len(set(server.recipients)) == SIGNERS


def test_who_was_given_up_or_taken_for_unreachable_before_is_mailed_by_resume(
    enter: Enter, make_later: Later
) -> None:
    server = Refusing()
    with refusing_server(server) as address:
        enter(address)
        slug = make_slug()
        sign_many(slug, 3)
        with transaction() as session:
            given_up, blamed, gone = session.scalars(select(Signature).order_by(Signature.id))
            for signature in (given_up, blamed, gone):
                signature.mailed_at, signature.attempt = utcnow(), 10
                signature.due_at = utcnow() + timedelta(days=14)
            for signature, code in ((blamed, "550 5.7.1 at rcpt"), (gone, "550 5.1.1 at rcpt")):
                signature.unreachable_at, signature.unreachable_cause = utcnow(), code
        make_later(timedelta(hours=2))
        assert resume("cli") == 2
        work()
        assert resume("cli") == 0  # those that went are not mailed again
        work()

    assert sorted(server.recipients) == ["ada-0@people.example", "ada-1@people.example"]
    assert count(Signature.unreachable_at.is_not(None)) == 1


def test_a_confirmation_that_came_back_because_of_us_goes_again_by_resume(
    enter: Enter, make_later: Later
) -> None:
    server = Refusing()
    with refusing_server(server) as address:
        enter(address)
        sign_many(make_slug(), 1)
        work()
        with transaction() as session:
            signature = session.scalars(select(Signature)).one()
            note_came_back(session, signature.id, signature.attempt, "5.7.1")
        work()
        assert len(server.recipients) == 1
        assert resume("cli") == 1
        work()
        assert len(server.recipients) == 2
        assert resume("cli") == 0


def test_who_waited_for_weeks_is_mailed_and_does_not_expire(
    enter: Enter, make_later: Later
) -> None:
    server = Refusing("mail", "550 5.7.1 Blocked")
    with refusing_server(server) as address:
        enter(address)
        sign_many(make_slug())
        work()
        for _ in range(16):
            make_later(timedelta(days=1))
            work()
        assert count(Signature.state == SignatureState.PENDING) == SIGNERS
        server.mend()
        make_later(LONGEST_PAUSE)
        work()

    assert len(server.recipients) == SIGNERS


def test_refusals_are_forgotten_when_they_are_old(enter: Enter, make_later: Later) -> None:
    server = Refusing("mail", "550 5.7.1 Blocked")
    with refusing_server(server) as address:
        enter(address)
        sign_many(make_slug(), 2)
        work()
    assert forget_old_refusals() == 0

    make_later(timedelta(days=31))

    assert forget_old_refusals() == 2
    assert db.session.scalar(select(func.count()).select_from(RefusedMail)) == 0


def test_refusals_that_are_settled_in_another_order_count_all(enter: Enter) -> None:
    enter("127.0.0.1:1")
    sign_many(make_slug())
    signers = db.session.scalars(select(Signature.id)).all()
    now = utcnow()
    for number, signature_id in enumerate(signers[:MANY_OF_ONE_CAUSE]):
        with transaction() as session:
            tried = Try(signature_id, CONFIRMATION, 1)
            earlier = now - timedelta(seconds=number)
            note_outcome(session, tried, HandoverOutcome.REFUSED, "550 at rcpt", earlier)

    assert read_lane().is_stopped


@pytest.mark.parametrize(("days", "gone"), [(1, False), (2, False), (3, True), (5, True)])
def test_a_doubt_in_settling_counts_with_a_second_one_three_days_later(
    enter: Enter, make_later: Later, days: int, gone: bool
) -> None:
    doubtful = "550 5.5.0 Requested action not taken: mailbox unavailable"
    server = Refusing("rcpt", doubtful, only={"ada-0@people.example"})
    with refusing_server(server) as address:
        enter(address)
        slug = make_slug()
        sign_many(slug, 2)
        work()
        first = db.session.scalars(select(Signature).where(Signature.doubted_at.is_not(None))).one()
        ada, doubted_at = first.id, first.doubted_at
        make_later(timedelta(days=days))
        # Another is taken, so that it is no outage; and of ada a link is asked for.
        sign_many(slug, 1, after=2)
        plan_links(ada)
        work()

    db.session.expire_all()
    signature = db.session.get_one(Signature, ada)
    assert (signature.unreachable_at is not None) == gone
    assert signature.doubted_at == doubted_at
    assert count(Signature.unreachable_at.is_not(None)) == gone
