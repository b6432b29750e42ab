"""Recognize a mail that came back, where no machine-readable part says so.

- By its sender and subject, by what its text begins with, or else by flufl.bounce.
"""

import logging
import re
from email.message import Message

from flufl.bounce import scan_message

from petition.mail.reports.refusal_words import LONGEST
from petition.mail.reports.report_parts import find_ids, read_words

# It logs what is in a mail that it cannot read.
logging.getLogger("flufl.bounce").disabled = True
LEAD = 600  # first characters of a text that are searched for the phrases of a report
LONGEST_LINE = 200  # characters, of what is given to flufl.bounce
# Sender names of delivery systems, for reports without a machine-readable part.
_DAEMON = re.compile(r"mailer-?daemon|postmaster|mail ?delivery|mdaemon|mmsc", re.IGNORECASE)
_SUBJECT = re.compile(
    r"undeliver|deliver\w* (?:status|fail|notif|prob|error|has failed)|returned (?:mail|to sender)"
    r"|fail(?:ure|ed)[ :]+(?:notice|delivery|to deliver)|fail\w* (?:notice|deliver)|non[ -]?remis"
    r"|mail (?:system )?(?:error|fail)|could ?n[o']t be delivered|could not deliver|not delivered"
    r"|bounce|unzustellbar|no se puede entregar|no entregado|rejected",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"out of (?:the )?office|auto(?:matic)?[ -]?(?:reply|response|antwort)|vacation"
    r"|holiday|on leave"
    r"|\baway\b|abwesen|r[eé]ponse automatique|respuesta autom",
    re.IGNORECASE,
)


def looks_returned(message: Message) -> bool:
    """Return whether a mail tells of one that was not delivered."""
    subject, sender = _read_header(message, "Subject"), _read_header(message, "From")
    if _ANSWER.search(subject):
        return False
    if "X-Failed-Recipients" in message or "multipart/report" in message.get_content_type():
        return True
    automatic = str(message.get("Auto-Submitted", "")).lower()
    if automatic.startswith("auto-replied") and not _DAEMON.search(sender):
        return False
    returned = "<>" in str(message.get("Return-Path", "")) or "<>" in sender
    if _DAEMON.search(sender) or (_SUBJECT.search(subject) and (returned or not sender)):
        return True
    lead = f"{subject}\n{read_words(message)[:LEAD]}"
    if _SUBJECT.search(lead) and any(True for _ in find_ids(message)):
        return True
    return bool(sender) and _scan(_make_plain(message))


def _scan(plain: Message) -> bool:
    try:
        return bool(scan_message(plain))
    except Exception:  # whatever is too odd for it is no report that it knows
        return False


def _make_plain(message: Message) -> Message:
    """Return the words of a mail as one short part, for patterns that are not ours.

    - Without characters beyond ASCII, at which flufl.bounce raises.
    """
    plain = Message()
    for name in ("From", "Subject"):
        plain[name] = " ".join(_make_ascii(_read_header(message, name)).split())
    lines = _make_ascii(read_words(message)[:LONGEST]).splitlines()
    plain.set_payload("\n".join(line[:LONGEST_LINE] for line in lines))
    return plain


def _make_ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode("ascii")


def _read_header(message: Message, name: str) -> str:
    return str(message.get(name, ""))
