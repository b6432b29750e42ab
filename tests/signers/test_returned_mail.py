"""Bounces: found by our own Message-ID, believed only with its tag, and done once."""

import subprocess
import sys
from email.message import EmailMessage
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db, transaction
from petition.counting.brake import look_at
from petition.counting.ledger import count_batch
from petition.mail.reports import read_report
from petition.models import Delivery, DeliveryState, Event, Mail, MailKind, Milestone, Signature
from petition.notifications.message_ids import make_message_id
from tests.cli.runner import run
from tests.factories import make_campaign, make_district, make_located, make_post
from tests.notifications.conftest import arrive, carry, sign_one

ADDRESS = "person@people.example"


def make_dsn(message_id: str, status: str = "5.1.1", action: str = "failed") -> bytes:
    """Return a report as RFC 3464 has it, with the headers of what came back."""
    report = MIMEMultipart("report", report_type="delivery-status")
    report["From"] = "MAILER-DAEMON@mx.example"
    report["To"] = "letters@petition.example"
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Message-ID"] = "<report@mx.example>"
    report.attach(MIMEText("This is the mail system at host mx.example."))
    blocks = MIMEBase("message", "delivery-status")
    blocks.attach(_make_block({"Reporting-MTA": "dns; mx.example"}))
    blocks.attach(
        _make_block({"Final-Recipient": f"rfc822; {ADDRESS}", "Action": action, "Status": status})
    )
    report.attach(blocks)
    headers = f"Message-ID: {message_id}\nTo: {ADDRESS}\nSubject: Yours\n"
    report.attach(MIMEText(headers, "rfc822-headers"))
    return report.as_bytes()


def make_wordy_bounce(message_id: str) -> bytes:
    """Return a bounce in words only, as qmail writes them."""
    return (
        "From: MAILER-DAEMON@mx.example\nTo: letters@petition.example\n"
        "Subject: failure notice\nMIME-Version: 1.0\nContent-Type: text/plain\n\n"
        "Hi. This is the qmail-send program at mx.example.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        f"<{ADDRESS}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
        "--- Below this line is a copy of the message.\n\n"
        f"Return-Path: <letters@petition.example>\nMessage-ID: {message_id}\nSubject: Yours\n"
    ).encode()


def _make_block(headers: dict[str, str]) -> EmailMessage:
    block = EmailMessage()
    for name, value in headers.items():
        block[name] = value
    return block


def write(folder: Path, *contents: bytes) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.eml"
        path.write_bytes(content)
        paths.append(str(path))
    return paths


def is_unreachable(app: Flask, signature_id: int) -> bool:
    with app.app_context():
        return db.session.get_one(Signature, signature_id).unreachable_at is not None


@pytest.fixture
def mailed(app: Flask) -> tuple[int, str]:
    """A signature and the Message-ID of a mail to it."""
    with app.app_context():
        signature_id = sign_one()
        with transaction() as session:
            session.add(
                Mail(
                    signature_id=signature_id,
                    kind=MailKind.DELIVERED,
                    about=1,
                    created_at=db.session.get_one(Signature, signature_id).created_at,
                    due_at=db.session.get_one(Signature, signature_id).created_at,
                )
            )
        return signature_id, make_message_id("confirm", signature_id, 1)


def test_a_bounce_makes_the_address_unreachable_and_stops_its_mails(
    app: Flask, mailed: tuple[int, str], tmp_path: Path
) -> None:
    signature_id, message_id = mailed
    files = write(tmp_path, make_dsn(message_id), make_wordy_bounce(message_id))

    for path in files:
        result = run(app, "bounces", "read", path)
        assert "1 about e-mails to signers" in result.output

    assert is_unreachable(app, signature_id)
    with app.app_context():
        assert db.session.scalars(select(Mail.due_at)).all() == [None]
        actions = db.session.scalars(select(Event.action)).all()
        assert actions == ["signature.unreachable"]  # once, and who confirmed stays counted
        assert db.session.get_one(Signature, signature_id).ended_at is None


def test_a_bounce_in_words_only_is_understood(app: Flask, mailed: tuple[int, str]) -> None:
    signature_id, message_id = mailed
    found = read_report(make_wordy_bounce(message_id))

    assert (found.verdict.about, found.verdict.counts) == ("recipient", "now")
    assert found.message_ids == (message_id,)


@pytest.mark.parametrize(
    ("status", "action", "gone"),
    [
        ("5.1.1", "failed", True),
        ("5.2.1", "failed", True),
        ("5.2.2", "failed", False),
        ("4.4.7", "failed", False),
        ("5.0.0", "failed", False),
        ("4.4.1", "delayed", False),
        ("2.0.0", "delivered", False),
        ("5.7.1", "failed", False),
        ("5.1.8", "failed", False),
    ],
)
def test_only_what_failed_for_good_at_the_mailbox_counts(
    app: Flask, mailed: tuple[int, str], tmp_path: Path, status: str, action: str, gone: bool
) -> None:
    signature_id, message_id = mailed

    run(app, "bounces", "read", *write(tmp_path, make_dsn(message_id, status, action)))

    assert is_unreachable(app, signature_id) == gone


def test_a_made_up_bounce_an_answer_and_rubbish_change_nothing(
    app: Flask, mailed: tuple[int, str], tmp_path: Path
) -> None:
    signature_id, message_id = mailed
    forged = message_id.replace("confirm", "link")
    answer = (
        f"From: {ADDRESS}\nSubject: I am on holiday\nIn-Reply-To: {message_id}\n\nHello".encode()
    )
    rubbish = b"\xff\x00\n\n--\nContent-Type: message/delivery-status\n" * 50
    broken = make_dsn(message_id)[:400]
    files = write(tmp_path, make_dsn(forged), answer, rubbish, broken, b"")

    result = run(app, "bounces", "read", *files)

    assert result.exit_code == 0
    assert (
        "Read 5: 0 about e-mails to signers, 0 about letters, 5 about something else."
        in result.output
    )
    assert not is_unreachable(app, signature_id)


def test_a_maildir_is_read_once_and_what_was_read_stays(
    app: Flask, mailed: tuple[int, str], tmp_path: Path
) -> None:
    signature_id, message_id = mailed
    write(tmp_path / "box" / "new", make_dsn(message_id), b"Subject: Hello\n\nA question.")

    first = run(app, "bounces", "read", str(tmp_path / "box")).output
    second = run(app, "bounces", "read", str(tmp_path / "box")).output

    assert "Read 2: 1 about e-mails to signers" in first
    assert "Read 0:" in second
    assert len(list((tmp_path / "box" / "cur").iterdir())) == 2
    assert is_unreachable(app, signature_id)


def test_a_mail_server_may_pipe_a_bounce_in(
    app: Flask, environment: dict[str, str], mailed: tuple[int, str]
) -> None:
    signature_id, message_id = mailed

    done = subprocess.run(
        [sys.executable, "-m", "petition", "bounces", "read", "-"],
        input=make_dsn(message_id),
        env=environment | {"PATH": ""},
        capture_output=True,
        check=True,
    )

    assert b"1 about e-mails to signers" in done.stdout
    assert is_unreachable(app, signature_id)
    assert ADDRESS.encode() not in done.stdout + done.stderr


def test_a_file_that_is_not_there_is_said_in_one_line(app: Flask) -> None:
    result = run(app, "bounces", "read", "no-such-file.eml")

    assert result.exit_code == 2
    assert "no such file" in result.output


@pytest.mark.parametrize(
    ("before", "after", "reason", "told"),
    [
        (DeliveryState.ACCEPTED, "bounced", "bounced: 5.7.1", ["delivery.bounced"]),
        (DeliveryState.UNKNOWN, "unknown", None, []),  # by the Message-ID alone
    ],
)
def test_a_letter_that_came_back_is_bounced_once_with_its_code(
    app: Flask,
    tmp_path: Path,
    before: DeliveryState,
    after: str,
    reason: str | None,
    told: list[str],
) -> None:
    with app.app_context():
        milestone, _ = carry({})
        arrive(milestone, state=before)
        message_id = db.session.scalars(select(Delivery.message_id)).one()
    files = write(tmp_path, make_dsn(message_id, "5.7.1"), make_dsn(message_id, "5.7.1"))

    result = run(app, "bounces", "read", *files)

    assert "2 about letters" in result.output
    with app.app_context():
        delivery = db.session.scalars(select(Delivery)).one()
        assert (delivery.state, delivery.reason) == (after, reason)
        events = db.session.scalars(select(Event.action).where(Event.subject == "delivery"))
        assert events.all() == told


def test_a_made_up_bounce_with_a_letters_public_code_changes_nothing(
    app: Flask, tmp_path: Path
) -> None:
    with app.app_context():
        milestone_id = raise_one()
        code = db.session.get_one(Milestone, milestone_id).code.lower()
        delivery = db.session.scalars(select(Delivery)).one()
        real, post_id = delivery.message_id, delivery.post_id
        arrive(milestone_id, state=DeliveryState.ACCEPTED)
    host = real.rpartition("@")[2].rstrip(">")
    made_up = [f"<{code}.{post_id}@{host}>", f"<{code}.{post_id}.{'0' * 16}@{host}>"]
    forged = write(tmp_path / "forged", *map(make_dsn, made_up), make_wordy_bounce(made_up[0]))

    result = run(app, "bounces", "read", *forged)

    assert "about letters" not in result.output or "0 about letters" in result.output
    assert read_delivery(app) == "accepted"
    run(app, "bounces", "read", *write(tmp_path / "real", make_dsn(real)))
    assert read_delivery(app) == "bounced"


def raise_one() -> int:
    """Let the counting plan a letter; return its milestone."""
    with transaction() as session:
        campaign = make_campaign(session, step=1)
        district = make_district(session)
        make_post(session, district)
        make_located(session, campaign, district)
        campaign_id = campaign.id
    (milestone_id,) = count_batch(campaign_id).milestones
    look_at(milestone_id)
    return milestone_id


def read_delivery(app: Flask) -> str:
    with app.app_context():
        return db.session.scalars(select(Delivery.state)).one()
