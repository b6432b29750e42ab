"""What mail that came back does: once for each report, in whatever mailbox it lies."""

from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.mail.mailer import tag_sender
from petition.models import IncomingMail, Signature
from petition.notifications.message_ids import make_message_id, read_envelope
from tests.cli.runner import run
from tests.factories import make_person
from tests.mail.reports import make_complaint, make_report
from tests.notifications.conftest import sign_one

DOUBTFUL = "550 5.5.0 Requested action not taken: mailbox unavailable"
NO_MAILBOX = "550 5.1.1 user unknown"
POSTMARK = b"From MAILER-DAEMON  Thu Aug  6 10:00:00 2026\n"


@pytest.fixture
def mailed(app: Flask) -> tuple[int, str]:
    """A signature and the Message-ID of a mail to it."""
    with app.app_context():
        signature_id = sign_one()
        return signature_id, make_message_id("confirm", signature_id, 1)


def load(app: Flask, signature_id: int) -> Signature:
    with app.app_context():
        return db.session.get_one(Signature, signature_id)


def write_doubtful(path: Path, message_id: str, number: int, days: int) -> str:
    date = format_datetime(utcnow() - timedelta(days=days))
    path.write_bytes(make_report(DOUBTFUL, "5.5.0", "delivery-status", message_id, number, date))
    return str(path)


def test_a_doubt_counts_with_a_second_one_three_days_later(
    app: Flask, mailed: tuple[int, str], tmp_path: Path
) -> None:
    signature_id, message_id = mailed
    first = write_doubtful(tmp_path / "1", message_id, 1, days=5)
    soon = write_doubtful(tmp_path / "2", message_id, 2, days=4)
    later = write_doubtful(tmp_path / "3", message_id, 3, days=1)

    for name in (first, first, soon):
        run(app, "bounces", "read", name)
    doubted = load(app, signature_id)
    run(app, "bounces", "read", later)

    assert doubted.doubted_at is not None and doubted.unreachable_at is None
    assert load(app, signature_id).unreachable_at is not None


def test_the_same_doubtful_report_read_twice_counts_once(
    app: Flask, mailed: tuple[int, str], tmp_path: Path
) -> None:
    signature_id, message_id = mailed
    name = write_doubtful(tmp_path / "1", message_id, 1, days=0)
    run(app, "bounces", "read", name)
    with app.app_context(), transaction() as session:
        session.execute(update(Signature).values(doubted_at=utcnow() - timedelta(days=9)))

    again = run(app, "bounces", "read", name).output

    assert "Read 0:" in again and "Already read before: 1." in again
    assert load(app, signature_id).unreachable_at is None


def test_an_mbox_is_read_whole_and_counted_once(
    app: Flask, mailed: tuple[int, str], tmp_path: Path
) -> None:
    signature_id, message_id = mailed
    others = [b"Subject: Hello\n\nA question.\n", b"Subject: Hi\n\n>From me\n"]
    report = make_report(NO_MAILBOX, "5.1.1", message_id=message_id).replace(b"\r\n", b"\n")
    box = tmp_path / "letters"
    box.write_bytes(b"\n".join(POSTMARK + content for content in [*others, report]))

    first = run(app, "bounces", "read", str(box)).output
    second = run(app, "bounces", "read", str(box)).output

    assert "Read 3: 1 about e-mails to signers" in first
    assert "Read 0:" in second and "Already read before: 3." in second
    assert load(app, signature_id).unreachable_at is not None


@pytest.mark.parametrize("place", ["cur", ".Junk/new", ".Junk/cur"])
def test_a_maildir_is_read_wherever_a_mail_program_has_put_it(
    app: Flask, mailed: tuple[int, str], tmp_path: Path, place: str
) -> None:
    signature_id, message_id = mailed
    for folder in ("new", "cur", place):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    report = make_report(NO_MAILBOX, "5.1.1", message_id=message_id)
    (tmp_path / place / "1:2,").write_bytes(report)

    output = run(app, "bounces", "read", str(tmp_path)).output

    assert "Read 1: 1 about e-mails to signers" in output
    assert load(app, signature_id).unreachable_at is not None


def test_a_complaint_ends_mail_of_that_campaign_and_not_spam_does_not(
    app: Flask, mailed: tuple[int, str], tmp_path: Path
) -> None:
    signature_id, message_id = mailed
    (tmp_path / "1").write_bytes(make_complaint("not-spam", message_id))
    (tmp_path / "2").write_bytes(make_complaint("abuse", message_id))

    run(app, "bounces", "read", str(tmp_path / "1"))
    before = load(app, signature_id)
    run(app, "bounces", "read", str(tmp_path / "2"))
    after = load(app, signature_id)

    assert before.unsubscribed_at is None
    assert after.unsubscribed_at is not None and after.unreachable_at is None


def test_a_relays_own_message_id_is_found_by_the_envelope(
    app: Flask, mailed: tuple[int, str], tmp_path: Path
) -> None:
    signature_id, message_id = mailed
    tag = message_id.strip("<>").partition("@")[0]
    report = make_report(NO_MAILBOX, "5.1.1").replace(
        b"To: letters@", f"To: bounces+{tag}@".encode(), 1
    )
    forged = report.replace(tag.encode(), tag[:-1].encode() + b"x", 1)
    (tmp_path / "forged").write_bytes(forged)
    (tmp_path / "real").write_bytes(report)

    run(app, "bounces", "read", str(tmp_path / "forged"))
    before = load(app, signature_id)
    run(app, "bounces", "read", str(tmp_path / "real"))

    assert before.unreachable_at is None
    assert load(app, signature_id).unreachable_at is not None


@pytest.mark.parametrize("mailed_at", [timedelta(days=1), timedelta(days=400), None])
def test_the_original_recipient_alone_finds_whom_a_mail_went_to_lately(
    app: Flask, tmp_path: Path, mailed_at: timedelta | None
) -> None:
    """The relay gave the mail a Message-ID of its own, and the host forwarded it elsewhere."""
    with app.app_context():
        moment = utcnow() - mailed_at if mailed_at is not None else None
        signature_id = sign_one(person=make_person(email="ada@people.example"), mailed_at=moment)
        other_id = sign_one(person=make_person(email="person@people.example"))
    report = make_report(NO_MAILBOX, "5.1.1", message_id="<0100@relay.example>").replace(
        b"Final-Recipient: rfc822; person@people.example",
        b"Original-Recipient: rfc822; ada@people.example",
    )
    (tmp_path / "1").write_bytes(report)

    run(app, "bounces", "read", str(tmp_path / "1"))

    lately = mailed_at is not None and mailed_at < timedelta(days=30)
    assert (load(app, signature_id).unreachable_at is not None) == lately
    assert load(app, other_id).unreachable_at is None


def test_the_database_holds_each_mail_that_was_read_once(app: Flask) -> None:
    row = {"key": b"k" * 32, "read_at": utcnow()}

    with app.app_context(), pytest.raises(IntegrityError), transaction() as session:
        session.execute(insert(IncomingMail), [row])
        session.execute(insert(IncomingMail), [row])


def test_the_envelope_of_a_mail_tells_its_signature_and_nothing_personal(
    mailed: tuple[int, str], app: Flask
) -> None:
    signature_id, message_id = mailed
    message = EmailMessage()
    message["Message-ID"] = message_id

    sender = tag_sender("bounces@petition.example", message)

    local, _, domain = sender.partition("@")
    with app.app_context():
        assert read_envelope(sender) == signature_id
        assert read_envelope(f"SRS0=Ab12=X=petition.example={local}@relay.example") == signature_id
    assert domain == "petition.example" and len(local) <= 64
