"""The mailbox by IMAP, on a real server: each mail once, whatever ends in between."""

import shutil
import signal
import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from petition.core.clock import utcnow
from petition.core.errors import MailboxUnavailable
from petition.core.extensions import db, transaction
from petition.delivery.letter_reports import ReportKind
from petition.incoming import letter_answers, mailbox_polling
from petition.incoming.applied_mail import MailSubject
from petition.incoming.mailbox_poll_rows import read_poll, take_turn
from petition.incoming.mailbox_polling import poll_mailbox
from petition.mail.imap.imap_url import ImapServer
from petition.mail.inbox import read_last_reading
from petition.models import Attempt, Delivery, Event, IncomingMail, MailboxPoll
from tests.delivery.conftest import Ready, build_ready, get_row
from tests.delivery.letter_reports import make_notice, make_proved
from tests.forked import Forked
from tests.incoming.answers import make_answer
from tests.incoming.conftest import Enter
from tests.mail import imap_servers
from tests.mail.dovecot import PASSWORD, Dovecot

# Reads a mail that ends every process that reads it.
STUCK = """
import os, signal
from petition import create_app
from petition.incoming import letter_answers, mailbox_polling
read = mailbox_polling.read_report
def read_or_end(content):
    if b"Subject: Worst" in content:
        os.kill(os.getpid(), signal.SIGKILL)
    return read(content)
mailbox_polling.read_report = read_or_end
with create_app().app_context():
    mailbox_polling.poll_mailbox()
"""

# Ends itself the hard way once the first batch is applied, before the server is told of it.
VICTIM = """
import os, signal
from petition import create_app
from petition.incoming.mailbox_polling import poll_mailbox
from petition.mail.imap.imap_mailbox import ImapMailbox
ImapMailbox.mark = lambda *given: os.kill(os.getpid(), signal.SIGKILL)
with create_app().app_context():
    poll_mailbox()
"""


def arrange(letters: int = 1) -> tuple[Ready, list[str]]:
    """Add letters that were handed over; return them and their Message-IDs."""
    ready = build_ready("email", posts=letters)
    with transaction() as session:
        for delivery_id in ready.delivery_ids:
            delivery = session.get_one(Delivery, delivery_id)
            delivery.state, delivery.attempt = "sending", 1
            session.add(Attempt(delivery_id=delivery_id, number=1, started_at=utcnow()))
            session.flush()
            delivery.state, delivery.settled_at = "accepted", utcnow()
    return ready, [get_row(delivery_id).message_id for delivery_id in ready.delivery_ids]


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def read_row(url: str) -> MailboxPoll:
    row = read_poll(ImapServer.from_url(url).key)
    assert row is not None
    return row


def end_leases() -> None:
    with transaction() as session:
        past = utcnow() - timedelta(seconds=1)
        session.execute(update(MailboxPoll).values(leased_until=past))


def poll() -> dict[MailSubject, int]:
    found = poll_mailbox()
    assert found is not None and found.at_end and not found.put_aside
    return dict(found.counts)


def test_what_arrived_is_applied_by_severity_and_marked_as_seen(
    dovecot: Dovecot, enter: Enter
) -> None:
    enter(PETITION_BOUNCES_URL=dovecot.url)
    ready, (message_id,) = arrange()
    dovecot.put(
        make_proved("delayed", "4.4.1", ready.delivery_id),
        b"Subject: A question\r\n\r\nHello\r\n",
        make_proved("delivered", "2.0.0", ready.delivery_id),
        make_notice("failed", "5.1.1", message_id),
    )

    assert poll() == {MailSubject.LETTER: 3, MailSubject.OTHER: 1}

    assert get_row(ready.delivery_id).state == "bounced"
    kinds = db.session.scalars(select(Attempt.reports)).one().split()
    assert kinds == [f"{ReportKind.FAILED}?", ReportKind.DELIVERED, ReportKind.DELAYED]
    assert dovecot.list_flags() == [r"\Seen"] * 4
    assert read_last_reading() is not None
    assert poll() == {}


def test_a_mail_that_a_person_has_opened_is_read_all_the_same(
    dovecot: Dovecot, enter: Enter
) -> None:
    enter(PETITION_BOUNCES_URL=dovecot.url)
    ready, (message_id,) = arrange()
    dovecot.put(make_notice("failed", "5.1.1", message_id))
    with dovecot.sign_in() as client:
        client.store("1", "+FLAGS", r"(\Seen)")

    poll()

    assert get_row(ready.delivery_id).state == "bounced"


def test_the_same_mail_twice_and_in_a_mailbox_made_anew_is_applied_once(
    dovecot: Dovecot, enter: Enter
) -> None:
    enter(PETITION_BOUNCES_URL=dovecot.url)
    _, (message_id,) = arrange()
    report = make_notice("failed", "5.1.1", message_id)
    dovecot.put(report, report)
    assert poll() == {MailSubject.LETTER: 1, MailSubject.KNOWN: 1}
    before, events = read_row(dovecot.url).uid_validity, count(Event)

    for path in dovecot.inbox.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    time.sleep(1.1)  # UIDVALIDITY is the second in which the folder was made
    dovecot.put(report)

    assert poll() == {MailSubject.KNOWN: 1}
    assert count(Event) == events
    assert read_row(dovecot.url).uid_validity != before


@pytest.mark.both_databases
def test_killed_between_the_effect_and_the_mark_each_mail_has_one_effect(
    dovecot: Dovecot, enter: Enter, environment: dict[str, str]
) -> None:
    enter(PETITION_BOUNCES_URL=dovecot.url)
    ready, message_ids = arrange(letters=3)
    dovecot.put(*(make_notice("failed", "5.1.1", one) for one in message_ids))
    trusted = {"SSL_CERT_FILE": str(dovecot.certificate)}

    victim = Forked(["-c", VICTIM], environment | {"PETITION_BOUNCES_URL": dovecot.url} | trusted)
    assert victim.wait(60) == -signal.SIGKILL

    assert dovecot.list_flags() == ["", "", ""]
    assert poll_mailbox() is None  # its lease is not over yet
    end_leases()
    assert poll() == {MailSubject.KNOWN: 3}
    assert dovecot.list_flags() == [r"\Seen"] * 3
    bounced = [event for event in db.session.scalars(select(Event.action)) if "bounced" in event]
    assert len(bounced) == 3
    assert {get_row(one).state for one in ready.delivery_ids} == {"bounced"}


def test_a_mail_that_ends_whoever_reads_it_is_put_aside_after_the_second_time(
    dovecot: Dovecot, enter: Enter, environment: dict[str, str]
) -> None:
    enter(PETITION_BOUNCES_URL=dovecot.url)
    ready, message_ids = arrange(letters=2)
    first, last = (make_notice("failed", "5.1.1", one) for one in message_ids)
    dovecot.put(first, b"Subject: Worst\r\n\r\nHello\r\n", last)
    trusted = {"SSL_CERT_FILE": str(dovecot.certificate)}
    for _ in range(2):
        given = environment | {"PETITION_BOUNCES_URL": dovecot.url} | trusted
        assert Forked(["-c", STUCK], given).wait(60) == -signal.SIGKILL
        end_leases()

    assert poll() == {MailSubject.LETTER: 1}  # the first was applied before the second time

    assert {get_row(one).state for one in ready.delivery_ids} == {"bounced"}
    assert dovecot.list_flags() == [r"\Seen", "", r"\Seen"]
    assert (read_row(dovecot.url).put_aside, read_row(dovecot.url).last_uid) == (1, 3)
    assert poll() == {}


def test_a_batch_ends_at_its_bytes(
    dovecot: Dovecot, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox_polling, "BATCH_BYTES", 1)
    monkeypatch.setattr(mailbox_polling, "POLL_SECONDS", 0.0)
    enter(PETITION_BOUNCES_URL=dovecot.url)
    dovecot.put(*(b"Subject: %d\r\n\r\nHello\r\n" % number for number in range(3)))

    found = poll_mailbox()

    assert found is not None and not found.at_end
    assert read_row(dovecot.url).last_uid < 3
    monkeypatch.setattr(mailbox_polling, "POLL_SECONDS", 60.0)
    poll()
    assert dovecot.list_flags() == [r"\Seen"] * 3


@pytest.mark.both_databases
def test_one_process_at_a_time_reads_a_mailbox(dovecot: Dovecot, enter: Enter) -> None:
    enter(PETITION_BOUNCES_URL=dovecot.url)
    dovecot.put(b"Subject: Hello\r\n\r\nHello\r\n")
    turn = take_turn(ImapServer.from_url(dovecot.url).key)
    assert turn is not None

    assert poll_mailbox() is None

    end_leases()
    assert poll() == {MailSubject.OTHER: 1}
    assert read_row(dovecot.url).turn == turn.number + 1


def test_a_dropped_line_leaves_nothing_out_and_repeats_nothing(
    dovecot: Dovecot, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox_polling, "BATCH", 4)
    dovecot.drop_many(
        b"Message-ID: <%d@x.example>\r\nSubject: Hello\r\n\r\n" % number + b"x" * 2000
        for number in range(20)
    )
    with imap_servers.cut_after(dovecot.plain_port, 22_000) as port:
        url = dovecot.plain_url.replace(str(dovecot.plain_port), str(port))
        enter(PETITION_BOUNCES_URL=url)
        with pytest.raises(MailboxUnavailable, match="dropped at fetch"):
            poll_mailbox()
        first = count(IncomingMail)
        place = read_row(url).last_uid
        problem = read_row(url).problem
        with pytest.raises(MailboxUnavailable):
            poll_mailbox()
        poll_mailbox()

    assert (first, place, problem) == (8, 8, "dropped at fetch")
    assert count(IncomingMail) == 20
    row = read_row(url)
    assert (row.last_uid, row.problem, row.failing_since) == (20, None, None)


@pytest.mark.parametrize(
    ("behaviour", "problem"),
    [
        (imap_servers.never_greet, "timeout at connect"),
        (imap_servers.trickle, "timeout at connect"),
        (imap_servers.never_stop, "dropped at connect"),
        (imap_servers.announce(10**12), "dropped at fetch"),
        (imap_servers.announce(100), "timeout at fetch"),
    ],
)
def test_a_server_that_hangs_or_never_ends_is_left_soon(
    enter: Enter, behaviour: imap_servers.Behaviour, problem: str
) -> None:
    with imap_servers.serve(behaviour) as url:
        enter(PETITION_BOUNCES_URL=url)
        began = time.monotonic()
        with pytest.raises(MailboxUnavailable) as raised:
            poll_mailbox()
        took = time.monotonic() - began

    row = read_row(url)
    assert str(raised.value) == row.problem == problem
    assert row.failing_since is not None and row.leased_until is None
    assert took < 10


def test_a_server_that_is_not_trusted_or_refuses_the_password_is_told_by_a_code(
    dovecot: Dovecot,
    enter: Enter,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    wrong = dovecot.url.replace("p%40ss", "wrong")
    enter(PETITION_BOUNCES_URL=wrong)
    with pytest.raises(MailboxUnavailable, match="^refused at login$"):
        poll_mailbox()
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(MailboxUnavailable, match="^tls$"):
        poll_mailbox(ImapServer.from_url(dovecot.url))
    assert PASSWORD not in caplog.text
    assert PASSWORD not in repr(ImapServer.from_url(dovecot.url))


def test_a_folder_that_is_not_there_is_told(dovecot: Dovecot, enter: Enter) -> None:
    enter(PETITION_BOUNCES_URL=dovecot.url.replace("/INBOX", "/Nowhere"))

    with pytest.raises(MailboxUnavailable, match="^folder$"):
        poll_mailbox()


def test_read_mails_are_moved_to_the_folder_of_the_url(dovecot: Dovecot, enter: Enter) -> None:
    with dovecot.sign_in() as client:
        client.create("Read")
    enter(PETITION_BOUNCES_URL=f"{dovecot.url}?move=Read")
    dovecot.put(b"Subject: One\r\n\r\nHello\r\n", b"Subject: Two\r\n\r\nHi\r\n")

    assert poll() == {MailSubject.OTHER: 2}

    assert dovecot.list_flags() == []
    assert len(dovecot.list_flags("Read")) == 2


def test_a_long_mail_a_broken_one_and_an_empty_one_block_nothing(
    dovecot: Dovecot, enter: Enter
) -> None:
    enter(PETITION_BOUNCES_URL=dovecot.url)
    ready, (message_id,) = arrange()
    report = make_notice("failed", "5.1.1", message_id)
    dovecot.put(
        b"Subject: Long\r\n\r\n" + b"x" * 76 * 1000 * 40,
        b"\xff\xfe\r\nContent-Type: multipart/report; boundary=\r\n\r\n--\r\n" * 50,
        b"\r\n",
        report.replace(b"--b--\r\n", b"y" * 3_000_000 + b"\r\n--b--\r\n"),
    )

    poll()

    assert get_row(ready.delivery_id).state == "bounced"
    assert len(dovecot.list_flags()) == 4


def test_a_mail_that_cannot_be_applied_is_put_aside_unmarked(
    dovecot: Dovecot, enter: Enter
) -> None:
    enter(PETITION_BOUNCES_URL=dovecot.url)
    ready, (first, second) = arrange(letters=2)
    dovecot.put(make_notice("failed", "5.1.1", first), make_notice("failed", "5.1.1", second))
    with transaction() as session:  # no other kind fits behind these
        session.execute(
            update(Attempt)
            .where(Attempt.delivery_id == ready.delivery_ids[0])
            .values(reports="x" * 60)
        )

    found = poll_mailbox()

    assert found is not None and found.put_aside == 1 and found.at_end
    assert found.counts[MailSubject.LETTER] == 1
    assert dovecot.list_flags() == ["", r"\Seen"]
    assert read_row(dovecot.url).put_aside == 1


def test_an_answer_over_the_limit_stays_unmarked_and_is_counted(
    dovecot: Dovecot, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letter_answers, "MOST_OF_SENDER", 1)
    enter(PETITION_BOUNCES_URL=dovecot.url)
    _, (message_id,) = arrange()
    dovecot.put(make_answer(message_id), make_answer(message_id, number=2))

    found = poll_mailbox()

    assert found is not None and found.put_aside == 1 and found.at_end
    assert found.counts == {MailSubject.ANSWER: 1}
    assert dovecot.list_flags() == [r"\Seen", ""]


@pytest.mark.parametrize("reply", [b"NO", b"BAD"])
def test_a_message_that_the_server_does_not_give_blocks_nothing(enter: Enter, reply: bytes) -> None:
    with imap_servers.serve(imap_servers.refuse_fetch(reply)) as url:
        enter(PETITION_BOUNCES_URL=url)
        found = poll_mailbox()

    assert found is not None and found.put_aside == 1 and found.at_end
    row = read_row(url)
    assert (row.last_uid, row.put_aside, row.problem) == (1, 1, None)
