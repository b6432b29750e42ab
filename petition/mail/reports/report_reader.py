"""Read an incoming mail: whether it reports a bounce or complaint, why, and which mail it is about.

- The mail is identified by our Message-ID in the returned part, by the address that the report was
  sent to (petition/mail/mbox_files.py), or by the recipient as we wrote it.
- The content is untrusted: callers check the keyed tag first, and none of it is stored or shown.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from functools import cache
from itertools import islice
from typing import TypeVar

from petition.mail.reports.answer_reader import MailAnswer, read_answer
from petition.mail.reports.bounce_detection import looks_returned
from petition.mail.reports.classification import NO_REPORT, Classification, find_status, judge
from petition.mail.reports.complaints import read_complaint
from petition.mail.reports.limited_mail import parse_mail
from petition.mail.reports.refusal_kinds import About
from petition.mail.reports.refusal_words import LONGEST
from petition.mail.reports.report_parts import (
    ReportedRecipient,
    find_action,
    find_ids,
    read_envelope_ids,
    read_recipients,
    read_words,
)

Found = TypeVar("Found")
LARGEST = 1024 * 1024  # bytes; a mail returned in full follows the report
LONGEST_ID = 255  # characters
MOST_NAMED = 100  # ids or addresses of one mail; ours go to one recipient each
_DELAY = re.compile(
    r"warning message only|do(?:es)? not need to resend|no need to resend|(?:delivery"
    r"|message|mail)"
    r" (?:\w+ ){0,6}(?:is|was|has been|been) delayed|\(delay(?:ed)?\)|will (?:be retried"
    r"|retry|keep try"
    r"|continue (?:to )?try)|still (?:being )?(?:try|retr|undelivered)"
    r"|not (?:yet )?been delivered (?:to)?"
    r".{0,60}(?:after|yet|for)|delivery attempts will continue|temporary problem delivering",
    re.IGNORECASE | re.DOTALL,
)
# A server's reply as the text of a report quotes it.
_QUOTED = re.compile(r"(?<![\d.:/-])[45]\d\d[ -].{1,800}", re.DOTALL)
# Which command a server replied to, as Postfix, Exim, qmail, Sendmail, Yahoo and others report it.
_PHASES = {
    "rcpt": (
        r"in reply to RCPT|after (?:pipelined )?RCPT|\[RCPT_TO\]|>>> ?RCPT|RCPT command"
        r"|does not like recipient|did not like our RCPT"
    ),
    "mail": (
        r"in reply to MAIL FROM|after (?:pipelined )?MAIL FROM|\[MAIL_FROM\]|>>> ?MAIL From:"
        r"|after MAIL command|did not like our (?:MAIL|FROM)|does not like sender"
    ),
    "connect": (
        r"after initial connection|while (?:receiving|performing) the initial server greeting"
        r"|refused to talk to me|in reply to (?:initial )?greeting|in reply to (?:EHLO|HELO)"
        r"|after (?:EHLO|HELO|connect)|\[(?:CONNECT|GREETING|HELO|EHLO)\]|>>> ?(?:EHLO|HELO)"
    ),
    "answer": (
        r"in reply to end of DATA|after end of data|after I sent the message|\(end of data\)"
        r"|-------SMTP command\s+DATA"
    ),
}
_PHASE_PATTERNS = {phase: re.compile(words, re.IGNORECASE) for phase, words in _PHASES.items()}


@dataclass(frozen=True, slots=True)
class MailReport:
    """One incoming mail.

    - ``message_ids``: of every returned mail. ``addressed``: the addresses it was delivered to.
    - ``envelope_ids``: those that it repeats (RFC 3461).
    - ``recipients``: the addresses that it names as recipients of the returned mail.
    - ``action``: what has happened where it did not fail, by RFC 3464: ``delivered``, ``relayed``,
      ``expanded`` or ``delayed``; empty for any other mail. ``action_code``: its status code.
    - ``answer``: what a person wrote in answer to a mail; None if it is none, or automatic.
    - ``dated``: its Date header, None without one.
    - ``key``: a hash that is equal for the same mail read twice.
    """

    verdict: Classification
    message_ids: tuple[str, ...]
    addressed: tuple[str, ...]
    recipients: tuple[str, ...]
    dated: datetime | None
    key: bytes
    envelope_ids: tuple[str, ...] = ()
    action: str = ""
    action_code: str | None = None
    answer: MailAnswer | None = None


def read_report(content: bytes) -> MailReport:
    """Return the report in an incoming mail; NO_REPORT for one that cannot be parsed.

    - Reads at most the first MiB, and never raises, whatever the content. What cannot be read of
      it leaves out nothing else.
    """
    content = content[:LARGEST]
    key = _make_key(content)
    try:
        message = parse_mail(content)
    except Exception:  # untrusted content: one that cannot be parsed is not a report
        return MailReport(NO_REPORT, (), (), (), None, key)
    nobody: list[ReportedRecipient] = []
    recipients = _try(lambda: read_recipients(message), nobody)
    action, action_code = find_action(recipients)
    return MailReport(
        verdict=_try(lambda: _judge(message, recipients), NO_REPORT),
        message_ids=_try(lambda: _limit(find_ids(message)), ()),
        addressed=_try(lambda: _limit(_find_addressed(message)), ()),
        recipients=_try(lambda: _limit(_find_recipients(message, recipients)), ()),
        dated=_try(lambda: _read_date(message), None),
        key=key,
        envelope_ids=_try(lambda: _limit(read_envelope_ids(message)), ()),
        action=action,
        action_code=action_code,
        answer=_try(lambda: read_answer(message), None) if not recipients else None,
    )


def _try(read: Callable[[], Found], otherwise: Found) -> Found:
    """Return what is read of a mail; ``otherwise`` if its untrusted content is too odd for it."""
    try:
        return read()
    except Exception:
        return otherwise


def _limit(found: Iterable[str]) -> tuple[str, ...]:
    """Return the first MOST_NAMED ids or addresses, without those that are too long to be ours."""
    short = (text for text in found if len(text) <= LONGEST_ID)
    return tuple(dict.fromkeys(islice(short, 10 * MOST_NAMED)))[:MOST_NAMED]


def _judge(message: Message, recipients: list[ReportedRecipient]) -> Classification:
    complaint = read_complaint(message)
    if complaint is not None:
        return complaint
    if "disposition-notification" in str(message.get("Content-Type", "")).lower():
        return replace(NO_REPORT, why="it is a receipt")
    if recipients:
        return _judge_recipients(message, recipients)
    if not looks_returned(message):
        return NO_REPORT
    words = read_words(message)[:LONGEST]
    if _DELAY.search(f"{message.get('Subject', '')}\n{words}"):
        return replace(NO_REPORT, why="it is still being tried")
    return _judge_words(words, None)


def _judge_recipients(message: Message, recipients: list[ReportedRecipient]) -> Classification:
    """Return the classification of the first failed recipient; one without an action has failed."""
    failed = [one for one in recipients if not one.action or one.action.startswith(("fail", "err"))]
    failed = [one for one in failed if one.action or not one.status.strip().startswith("2")]
    if not failed:
        return replace(NO_REPORT, why="it is still being tried, or has arrived")
    words = read_words(message)[:LONGEST]
    by_words = cache(lambda: _judge_words(words, find_status(failed[0].status)))
    phase = _find_phase(words)
    found = [_judge_one(one, phase, by_words) for one in failed]
    return next((one for one in found if one.about is not About.UNSURE), found[0])


def _judge_one(
    recipient: ReportedRecipient,
    phase: str | None,
    judge_words: Callable[[], Classification],
) -> Classification:
    status = find_status(recipient.status)
    phase = phase or _find_phase(recipient.diagnosis)
    said = recipient.diagnosis.partition(";")[2].strip() or recipient.diagnosis
    by_machine = judge(said or _read_remark(recipient.status), phase, status)
    if by_machine.why.startswith(("the code", "it says", "the recipient was not named")):
        by_words = judge_words()
        # The text for people may explain a vague code, but does not override a clear one.
        if by_words.about is not About.UNSURE and not by_words.why.startswith("the code"):
            return replace(by_words, status=by_machine.status or by_words.status)
    return by_machine


def _read_remark(status: str) -> str:
    """Return the text that some hosts add to a code: "5.4.4 (Illegal host/domain name found)"."""
    return status.partition("(")[2].rstrip(")")


def _judge_words(words: str, status: str | None) -> Classification:
    """Classify the text for people; a quoted server reply in it takes precedence."""
    phase = _find_phase(words)
    quoted = _QUOTED.search(words)
    if quoted is not None:
        found = judge(quoted[0], phase, status)
        if found.about is not About.UNSURE:
            return found
    return judge(words, phase, status)


def _find_phase(words: str) -> str | None:
    return next((phase for phase, known in _PHASE_PATTERNS.items() if known.search(words)), None)


def _find_addressed(message: Message) -> Iterator[str]:
    """Yield the addresses that the report was sent to, and the senders of the returned mails."""
    names = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "Return-Path")
    for part in message.walk():
        for name in names if part is message else ("Return-Path", "X-Return-Path"):
            for _, address in getaddresses([str(value) for value in part.get_all(name, [])]):
                if address:
                    yield address


def _find_recipients(message: Message, recipients: list[ReportedRecipient]) -> Iterator[str]:
    for one in recipients:
        yield from (address.strip("<> ") for address in one.addresses if "@" in address)
    for value in message.get_all("X-Failed-Recipients", []):
        yield from (address for _, address in getaddresses([str(value)]) if address)


def _read_date(message: Message) -> datetime | None:
    try:
        found = parsedate_to_datetime(str(message["Date"]))
    except (TypeError, ValueError, IndexError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _make_key(content: bytes) -> bytes:
    """Return a hash that is equal for a mail read twice.

    - Covers the body, Message-ID, Date, From and To: mail programs rewrite other headers and line
      ends.
    """
    head, _, body = content.replace(b"\r\n", b"\n").partition(b"\n\n")
    kept = [
        line
        for line in head.split(b"\n")
        if line.lower().startswith((b"message-id:", b"date:", b"from:", b"to:"))
    ]
    return hashlib.sha256(b"\n".join([*kept, b"", body.rstrip()])).digest()
