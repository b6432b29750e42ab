"""Whether the mailbox of bounces is read, as the doctor and the staff's card tell it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.health.bounce_mailbox import check_bounces
from petition.health.findings import Fault
from petition.mail.imap.imap_url import ImapServer
from petition.models import MailboxPoll

URL = "imaps://bounces:s3cret@imap.x.example/INBOX"
LONG_AGO = timedelta(hours=1)


@pytest.fixture
def polled(make_app: Callable[..., Flask]) -> Callable[..., str]:
    """Check a mailbox whose row has these values."""

    def check(url: str = URL, **values: object) -> str:
        app = make_app(PETITION_BOUNCES_URL=url, PETITION_SMTP_URL="smtp://127.0.0.1:1")
        with app.app_context():
            if values:
                with transaction() as session:
                    session.add(MailboxPoll(mailbox=ImapServer.from_url(url).key, **values))
            return check_bounces()

    return check


@pytest.mark.parametrize(
    ("problem", "remedy"),
    [
        ("refused at login", "the user and the password"),
        ("tls", "certificate"),
        ("folder", "Correct the folder"),
        ("move", "Create the folder"),
        ("no connection", "host and the port"),
        ("timeout at fetch", "host and the port"),
    ],
)
def test_a_mailbox_that_cannot_be_read_is_a_fault_with_its_remedy(
    polled: Callable[..., str], problem: str, remedy: str
) -> None:
    with pytest.raises(Fault) as fault:
        polled(failing_since=utcnow() - LONG_AGO, problem=problem)

    assert problem in str(fault.value) and remedy in fault.value.remedy
    assert "s3cret" not in str(fault.value) + fault.value.remedy


def test_a_short_failure_is_none(polled: Callable[..., str]) -> None:
    assert "each minute" in polled(failing_since=utcnow(), problem="no connection")


def test_a_scheduler_that_does_not_poll_is_a_fault(polled: Callable[..., str]) -> None:
    with pytest.raises(Fault, match="minutes ago"):
        polled(read_at=utcnow() - LONG_AGO)


def test_a_mailbox_that_takes_long_to_read_is_none(polled: Callable[..., str]) -> None:
    now = utcnow()

    assert "each minute" in polled(read_at=now - LONG_AGO, leased_until=now + LONG_AGO)


def test_what_was_put_aside_is_told(polled: Callable[..., str]) -> None:
    assert "2 messages were put aside" in polled(read_at=utcnow(), put_aside=2)


def test_a_url_that_is_wrong_is_a_fault_without_its_password(polled: Callable[..., str]) -> None:
    with pytest.raises(Fault) as fault:
        polled(url="imap://bounces:s3cret@imap.x.example")

    assert "unencrypted" in str(fault.value) and "s3cret" not in str(fault.value)
