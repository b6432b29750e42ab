"""Reports about letters, as mail servers send them."""

from petition.core.extensions import transaction
from petition.delivery.letter_reports import note_letter_report
from petition.mail.letter_ids import make_envelope_id
from petition.mail.reports import read_report
from petition.models import Attempt

HEAD = (
    "From: MAILER-DAEMON@mx.example\r\nTo: letters@petition.example\r\nSubject: {subject}\r\n"
    "Message-ID: <{number}.{action}@mx.example>\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
)


def make_notice(
    action: str,
    status: str,
    message_id: str = "",
    envelope_id: str = "",
    number: int = 1,
) -> bytes:
    """Return a report of RFC 3464 with an action, as Postfix writes it."""
    envelope = f"Original-Envelope-Id: {envelope_id}\r\n" if envelope_id else ""
    returned = f"Message-ID: {message_id}\r\n" if message_id else ""
    return (
        HEAD.format(subject="Report", number=number, action=action)
        + "--b\r\n\r\nThis is the mail system at host mx.example.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"{envelope}Reporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; clerk@county.example\r\nAction: {action}\r\n"
        f"Status: {status}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{returned}Subject: Yours\r\n"
        "\r\n--b--\r\n"
    ).encode()


def make_proved(action: str, status: str, delivery_id: int, attempt: int = 1) -> bytes:
    """Return a report that repeats the envelope id of an attempt, which asked for reports."""
    with transaction() as session:
        session.get_one(Attempt, (delivery_id, attempt)).notices_asked = True
    return make_notice(action, status, envelope_id=make_envelope_id(delivery_id, attempt))


def note_bounce(message_id: str) -> int | None:
    """Apply a report that a letter came back with 5.1.1; return its delivery."""
    return note_letter_report(read_report(make_notice("failed", "5.1.1", message_id)))
