"""Read what a person wrote in answer to a mail; automatic mail, as out-of-office notes, is none.

- The headers decide (RFC 3834, and those that came before it), then how the subject begins: a
  person answers "Re: Paid leave", a machine writes "Out of office: Re: Paid leave".
- The content is untrusted: it is stored only for a mail that answers one of ours, by its keyed id.
"""

import re
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr

from petition.mail.reports.report_parts import read_words
from petition.validation.printable import make_printable

LONGEST_TEXT = 10_000  # characters
LONGEST_HEADER = 200
MOST_IDS = 100
_ID = re.compile(r"<[^<>\s]{3,200}>")
# What machines begin a subject with; the last line only without "Re:", since a letter may be about
# that, and so a person's answer.
_AUTOMATIC_SUBJECT = re.compile(
    r"(?:(?:re|aw|sv|fwd?):\s*+)*+\W*+(?:auto(?:matic|mated|matische)?[ _-]?(?:reply|response"
    r"|antwort)"
    r"|out[ -]of[ -](?:the[ -])?office|r[eé]ponse automatique|respuesta autom|abwesenheitsnotiz"
    r"|fuera de (?:la )?oficina|auto:)"
    r"|\W*+(?:vacation|away from|on vacation|on leave|ooo|abwesend|message received)\b",
    re.IGNORECASE,
)
_MACHINE = re.compile(
    r"mailer-?daemon|postmaster|no-?reply|do-?not-?reply|auto-?(?:reply|respon)", re.IGNORECASE
)
_OWN_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Failed-Recipients", "List-Id")


@dataclass(frozen=True, slots=True)
class MailAnswer:
    """An answer that a person wrote.

    - ``message_ids``: of the mails that it answers. ``sender``: the bare address; may be empty.
    - ``text``: plain, without what it quotes of the mail below; at most LONGEST_TEXT characters.
    """

    message_ids: tuple[str, ...]
    sender_name: str = field(repr=False)
    sender: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)


def read_answer(message: Message) -> MailAnswer | None:
    """Return the answer in an incoming mail; None for one that answers none, or is automatic."""
    named = " ".join(str(message.get(name, "")) for name in ("In-Reply-To", "References"))
    message_ids = tuple(dict.fromkeys(_ID.findall(named)))[:MOST_IDS]
    if not message_ids or is_automatic(message):
        return None
    name, address = _read_sender(_decode(message, "From"))
    return MailAnswer(
        message_ids,
        _clean(name),
        address if "@" in address and address == _clean(address) else "",
        _clean(_decode(message, "Subject")),
        make_printable(read_words(message).replace("\r\n", "\n"))[:LONGEST_TEXT].strip(),
    )


def is_automatic(message: Message) -> bool:
    """Return whether a machine wrote a mail: an out-of-office note, a receipt, a list."""
    submitted = str(message.get("Auto-Submitted", "no")).strip().lower()
    if submitted.partition(";")[0].strip() not in ("", "no"):
        return True
    if any(name in message for name in _OWN_HEADERS):
        return True
    if str(message.get("Precedence", "")).strip().lower() in ("bulk", "junk", "list", "auto_reply"):
        return True
    if str(message.get("Return-Path", "")).strip() == "<>":
        return True
    if message.get_content_type() == "multipart/report":
        return True
    sender = _read_sender(str(message.get("From", "")))[1]
    if _MACHINE.search(sender.partition("@")[0]):
        return True
    return bool(_AUTOMATIC_SUBJECT.match(_decode(message, "Subject").strip()))


def _read_sender(field: str) -> tuple[str, str]:
    """Return the name and the address in a From header; empty for one that is no address."""
    try:
        return parseaddr(field)
    except RecursionError:  # of comments within comments
        return "", ""


def _decode(message: Message, name: str) -> str:
    """Return a header with its encoded words as text."""
    raw = str(message.get(name, ""))[:2000]
    try:
        return str(make_header(decode_header(raw)))
    except (HeaderParseError, LookupError, ValueError):
        return raw


def _clean(text: str) -> str:
    return " ".join(make_printable(text).split())[:LONGEST_HEADER]
