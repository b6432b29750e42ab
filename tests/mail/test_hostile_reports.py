"""Mails that a stranger sends to the mailbox of reports: read in time, and never misread."""

import time
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petition.mail.reports import MailReport, read_report
from petition.mail.reports.report_parts import cut_returned
from tests.mail.reports import HEAD, OPENINGS, make_report, make_words

OURS = "<x@petition.example>"
PLAIN = HEAD.format(number=1, date="").encode()
KINDS = {
    "words": PLAIN + b"Content-Type: text/plain\r\n\r\n",
    "html": PLAIN + b"Content-Type: text/html\r\n\r\n",
    "report": PLAIN + b"Content-Type: message/delivery-status\r\n\r\n",
    "diagnosis": PLAIN + b"Content-Type: message/delivery-status\r\n\r\n\r\nDiagnostic-Code: x;",
    "headers": PLAIN,
}
PIECES = [
    *("\n", "\r\n", "> \n", ">", " ", "-\n", "- ", "=\n- ", "-=", "\n\n ", "a", "5", "5.1."),
    *("<", "<a ", "<!--", "<!-", "<style ", "<head", "</", "&#x", "@", "a@", "<a@", "[a@", "550 "),
    *("delivery a ", "not been delivered ", "message-id:\n", "message-id: <", "x-a-", "message "),
    *("Action: failed\n\n", "Final-Recipient: rfc822; a@b\n", "To: (a@b, <\n", "received: a\n"),
]
SMALL = 16 * 1024  # bytes
# Twice as much may take twice as long; four times is a square.
MOST = 3.2
# Seconds of a processor: what takes less, at a mail of this size, holds nobody.
QUICK = 0.3
REPEATS = 3

# What is in a report's text for people, and what may be in anybody's.
WORDS = st.one_of(
    st.text(max_size=80),
    st.sampled_from([*PIECES, *OPENINGS["exim"], "550 5.1.1 no such user", "Feedback-Type: abuse"]),
)
TEXTS = st.lists(WORDS, max_size=12).map("".join)


def measure(content: bytes) -> float:
    """Return the least processor time of some readings."""
    times = []
    for _ in range(REPEATS):
        began = time.process_time()
        read_report(content)
        times.append(time.process_time() - began)
        if times[-1] < QUICK:
            break
    return min(times)


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_takes_time_by_its_length_alone(kind: str) -> None:
    slow = []
    for piece in PIECES:
        large, small = (
            KINDS[kind] + piece.encode() * (length // len(piece)) for length in (2 * SMALL, SMALL)
        )
        took = measure(large)
        if took >= QUICK and took > MOST * (shorter := measure(small)):
            slow.append((piece, shorter, took))

    assert slow == []


def check(report: MailReport) -> None:
    assert report.verdict.counts in ("now", "second", "never")
    assert report.dated is None or report.dated.tzinfo is UTC
    assert len(report.key) == 32


@given(
    headers=st.lists(
        st.tuples(
            st.sampled_from(
                ["Subject", "To", "Date", "Return-Path", "X-Failed-Recipients", "Auto-Submitted"]
            ),
            st.one_of(
                st.text(max_size=60), st.sampled_from(["<>", "a@b.example, <", "1 Jan 99999"])
            ),
        ),
        max_size=4,
    ),
    text=TEXTS,
)
def test_whatever_headers_say_a_report_is_still_about_the_mail_it_returns(
    headers: list[tuple[str, str]], text: str
) -> None:
    lines = [f"{name}: {' '.join(value.split())}\r\n" for name, value in headers]
    report = make_report(" ".join(text.split()) or "550 no", "5.1.1")
    first, _, rest = report.partition(b"MIME-Version")

    found = read_report(first + "".join(lines).encode("utf-8", "replace") + b"MIME-Version" + rest)

    check(found)
    assert OURS in found.message_ids
    assert "person@people.example" in found.recipients


@given(TEXTS, st.sampled_from(list(OPENINGS)))
def test_whatever_a_host_says_a_report_in_words_is_about_the_mail_it_returns(
    text: str, shape: str
) -> None:
    found = read_report(make_words(text, shape).decode("utf-8", "replace").encode())

    check(found)
    assert OURS in found.message_ids


@given(TEXTS)
def test_a_mail_is_known_again_with_other_line_ends(text: str) -> None:
    mail = make_report(" ".join(text.split()), "5.0.0").replace(b"\r\n", b"\n")

    assert read_report(mail).key == read_report(mail.replace(b"\n", b"\r\n")).key


@pytest.mark.parametrize("rule", ["", "-----\n", ">\n> \n", "=====\n\n"])
def test_a_report_that_begins_with_the_returned_mail_is_read_whole(rule: str) -> None:
    text = f"{rule}Received: from mx.example\n550 no such user\n"

    assert cut_returned(text) == text
    assert cut_returned(f"Not delivered.\n{text}") == f"Not delivered.\n{rule}"


@pytest.mark.parametrize(
    "line",
    [
        *(
            "--- Below this line is a copy of the message.",
            "> - - This is a copy",
            "=== Headers of",
        ),
        *("\t---- Original message ----", " -- Message headers follow", "X-Mailer: 1"),
    ],
)
def test_what_follows_a_line_that_says_so_is_the_returned_mail(line: str) -> None:
    line = f"{line} the original" if line.endswith("of") else line

    assert cut_returned(f"Not delivered.\n{line}\nHello") == "Not delivered.\n"


LARGE = 1024 * 1024
# Seconds of a processor in which the worst mail of a MiB is read.
SOON = 1.0
KNOWN = ["relaying.", "buz ", "адрес", "user-", "exceed", "fail", "name ", "account ", "550 5.1.1 "]


def fill(piece: bytes, length: int = LARGE) -> bytes:
    return piece * (length // len(piece))


def make_recipients(diagnosis: bytes) -> bytes:
    return (
        b"Final-Recipient: rfc822; a@b\r\nAction: failed\r\nDiagnostic-Code: smtp; %b\r\n\r\n"
        % (diagnosis)
    )


def nest(depth: int, kind: str) -> bytes:
    if kind == "message":
        return PLAIN + b"Content-Type: message/rfc822\r\n\r\n" * depth
    part = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"
    return PLAIN + b"".join(part % (number, number) for number in range(depth))


WORST = {
    **{f"words of {piece}": KINDS["words"] + fill(piece.encode()) for piece in KNOWN},
    **{f"diagnosis of {piece}": KINDS["diagnosis"] + fill(piece.encode()) for piece in KNOWN},
    **{
        f"many who got {piece}": KINDS["report"]
        + b"\r\n"
        + fill(make_recipients(fill(piece.encode(), 4000)))
        for piece in KNOWN
    },
    "20,000 recipients": KINDS["report"] + b"\r\n" + fill(make_recipients(b"x")),
    **{f"deep {kind}s": nest(20_000, kind) for kind in ("part", "message")},
    **{f"blank lines in {kind}s": nest(19, kind) + fill(b"\n") for kind in ("part", "message")},
    "parts": PLAIN + b"Content-Type: multipart/digest; boundary=b\r\n\r\n" + fill(b"--b\r\n\r\n"),
    "headers": PLAIN + fill(b"To: (a@b, <\r\n"),
    **{
        f"a long {name} of {piece!r}": b"%b: %b\r\n" % (name.encode(), fill(piece)) + PLAIN
        for name in ("To", "From", "Subject", "References", "Content-Type")
        for piece in (b"(", b"<", b'"', b"re:   ", b"; a=", b"\xff")
    },
    "openings": PLAIN.replace(b"MAILER-DAEMON", b"bob").replace(b"Undelivered", b"Hi")
    + b"\r\n"
    + fill(b"<"),
}


@pytest.mark.parametrize("name", WORST)
def test_the_worst_mail_of_a_mebibyte_is_read_soon(name: str) -> None:
    assert measure(WORST[name]) < SOON


def test_what_comes_before_too_many_recipients_or_parts_is_read() -> None:
    report = make_report("550 no such user", "5.1.1")
    parts = report.replace(b"--b--", b"--b\r\n\r\nx\r\n" * 5000 + b"--b--")
    recipients = report.replace(
        b"no such user\r\n\r\n", b"no such user\r\n\r\nStatus: 5.1.1\r\n\r\n" * 5000
    )

    for many in (parts, recipients):
        assert read_report(many).verdict == read_report(report).verdict
        assert "person@people.example" in read_report(many).recipients
    assert OURS in read_report(parts).message_ids


def test_an_id_that_is_too_long_to_be_ours_is_left_out() -> None:
    long = f"<{'x' * 300}@petition.example>"
    found = read_report(make_report("550 no", "5.1.1", message_id=f"{long}\r\nX: y"))

    assert found.message_ids == ()


@pytest.mark.parametrize("sender", [b"Cl\xe9rigo <clerk@county.example>", b"(" * 3000 + b"a@b"])
def test_an_answer_with_odd_headers_is_read_and_logs_nothing(
    sender: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    mail = b"From: %b\r\nSubject: Re: Paid l\xe9ave\r\nIn-Reply-To: %b\r\n\r\nWe will.\r\n"

    found = read_report(mail % (sender, OURS.encode()))

    assert found.answer is not None
    assert (found.answer.message_ids, found.answer.text) == ((OURS,), "We will.")
    assert caplog.text == ""
