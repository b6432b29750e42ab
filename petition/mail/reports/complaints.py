"""Recognize complaints: reports of RFC 5965, Hotmail's without such a part, and unsubscribes."""

import re
from dataclasses import replace
from email.message import Message

from petition.mail.reports.classification import NO_REPORT, Classification
from petition.mail.reports.refusal_kinds import About, CountsFrom
from petition.mail.reports.report_parts import read_text

_COMPLAINTS = {
    "abuse": CountsFrom.NOW,
    "fraud": CountsFrom.NOW,
    "opt-out": CountsFrom.NOW,
    "opt-out-list": CountsFrom.NOW,
    "other": CountsFrom.NEVER,
    "virus": CountsFrom.NEVER,
}
LONGEST = 4_000  # characters in which the kind of complaint is looked for
_FIELD = re.compile(r"^feedback-type:\s*([\w-]+)", re.IGNORECASE | re.MULTILINE)


def read_complaint(message: Message) -> Classification | None:
    """Return the classification of a complaint (RFC 5965), None for any other mail."""
    part = next((one for one in message.walk() if _is_feedback(one)), None)
    if part is None:
        return _read_unsubscribe(message)
    text = "\n".join(str(one) for one in part.walk() if one is not part) or read_text(part)
    found = _FIELD.search(text[:LONGEST]) or _FIELD.search(str(part)[:LONGEST])
    kind = found[1].lower() if found else "abuse"
    if kind == "not-spam":
        return replace(NO_REPORT, why="its reader says that it is not spam")
    if kind.startswith(("auth-failure", "dmarc", "dkim")):
        return Classification(
            About.COMPLAINT, CountsFrom.NEVER, None, "our SPF, DKIM or DMARC failed"
        )
    counts = _COMPLAINTS.get(kind, CountsFrom.NEVER)
    return Classification(About.COMPLAINT, counts, None, "its reader complained")


def _is_feedback(part: Message) -> bool:
    return part.get_content_type() == "message/feedback-report"


def _read_unsubscribe(message: Message) -> Classification | None:
    """Return a complaint for Hotmail's, which have no report part, and Apple Mail's unsubscribe."""
    subject = str(message.get("Subject", "")).strip().lower()
    if subject.startswith("complaint about message from") or subject == "unsubscribe":
        return Classification(
            About.COMPLAINT, CountsFrom.NOW, None, "its reader wants no more e-mail"
        )
    return None
