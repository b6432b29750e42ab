"""Reports of mail that came back, as hosts write them."""

HEAD = (
    "From: MAILER-DAEMON@mx.example\r\nTo: letters@petition.example\r\n"
    "Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <{number}@mx.example>\r\n"
    "{date}MIME-Version: 1.0\r\n"
)
RETURNED = "Message-ID: {id}\r\nTo: person@people.example\r\nSubject: Yours\r\n"
OPENINGS = {
    "exim": (
        "This message was created automatically by mail delivery software.\r\n\r\nA message that"
        " you sent could not be delivered to one or more of its\r\nrecipients. This is a permanent"
        " error. The following address(es) failed:\r\n\r\n  person@people.example\r\n    SMTP error"
        " from remote mail server after RCPT TO:<person@people.example>:\r\n    host mx.example"
        " [192.0.2.9]: ",
        "\r\n\r\n------ This is a copy of the message, including all the headers. ------\r\n\r\n",
    ),
    "qmail": (
        "Hi. This is the qmail-send program at mx.example.\r\nI'm afraid I wasn't able to deliver"
        " your message to the following addresses.\r\nThis is a permanent error; I've given up.\r\n"
        "\r\n<person@people.example>:\r\n192.0.2.9 does not like recipient.\r\nRemote host said: ",
        "\r\nGiving up on 192.0.2.9.\r\n\r\n--- Below this line is a copy of the message.\r\n\r\n",
    ),
    "plain": (
        "Sorry, we were unable to deliver your message to the following address.\r\n\r\n"
        "<person@people.example>:\r\n",
        "\r\n\r\n--- Original message follows.\r\n\r\n",
    ),
}


def make_report(
    said: str,
    status: str,
    kind: str = "delivery-status",
    message_id: str = "<x@petition.example>",
    number: int = 1,
    date: str = "",
) -> bytes:
    """Return a report as RFC 3464 or RFC 6533 has it."""
    told = f"Status: {status}\r\n" if status else ""
    dated = f"Date: {date}\r\n" if date else ""
    return (
        HEAD.format(number=number, date=dated)
        + f"Content-Type: multipart/report; report-type={kind}; boundary=b\r\n\r\n"
        "--b\r\n\r\nThis is the mail system at host mx.example.\r\n"
        f"--b\r\nContent-Type: message/{kind}\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; person@people.example\r\nAction: failed\r\n{told}"
        f"Diagnostic-Code: smtp; {said}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{RETURNED.format(id=message_id)}"
        "\r\n--b--\r\n"
    ).encode()


def make_words(said: str, shape: str, message_id: str = "<x@petition.example>") -> bytes:
    """Return a report in words only."""
    before, behind = OPENINGS[shape]
    head = HEAD.format(number=shape, date="") + "Content-Type: text/plain\r\n\r\n"
    return f"{head}{before}{said}{behind}{RETURNED.format(id=message_id)}".encode()


def make_complaint(kind: str, message_id: str) -> bytes:
    """Return a complaint as RFC 5965 has it."""
    return (
        HEAD.format(number=kind, date="")
        + "Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n"
        "--b\r\n\r\nThis is an abuse report.\r\n--b\r\nContent-Type: message/feedback-report\r\n"
        f"\r\nFeedback-Type: {kind}\r\nUser-Agent: Complaints/1\r\nVersion: 1\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{RETURNED.format(id=message_id)}\r\nHello\r\n"
        "--b--\r\n"
    ).encode()
