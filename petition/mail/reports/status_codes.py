"""The meaning of an enhanced status code (RFC 3463, IANA's list), where no phrase matches."""

import re

from petition.mail.reports.refusal_kinds import About, CountsFrom

Meaning = tuple[About, CountsFrom, str]
STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")

_NOW: Meaning = (About.RECIPIENT, CountsFrom.NOW, "the code says that there is no such mailbox")
_DOUBT: Meaning = (
    About.UNSURE,
    CountsFrom.SECOND,
    "the code is about the mailbox and gives no reason",
)
_FULL: Meaning = (About.FULL, CountsFrom.SECOND, "the code says that the mailbox is full")
_GAVE_UP: Meaning = (About.GAVE_UP, CountsFrom.SECOND, "the code says that no server answered")
_OURS: Meaning = (
    About.OURS,
    CountsFrom.NEVER,
    "the code is about our server, our account or the message",
)
_SILENT: Meaning = (About.UNSURE, CountsFrom.NEVER, "the code says nothing")

# By subject and detail. A code that is not here is looked up by its subject below.
CODES = {
    "1.0": _DOUBT,  # "other address status": Charter uses it for the sender as well
    "1.7": _OURS,  # the sender's address
    "1.8": _OURS,
    "1.9": _OURS,
    "1.10": _NOW,  # RFC 7505, null MX
    "2.0": _DOUBT,
    "2.1": _NOW,  # disabled
    "2.2": _FULL,
    "2.3": _OURS,  # the mail is too long
    "2.4": _DOUBT,
    "3.1": _FULL,  # mail system full
    "4.0": _GAVE_UP,
    "4.1": _GAVE_UP,
    "4.2": _GAVE_UP,
    "4.3": _GAVE_UP,
    "4.4": _NOW,  # no route, since there is no such host
    "4.5": _GAVE_UP,
    "4.7": _GAVE_UP,
    "4.310": _NOW,  # Exchange: the domain does not exist
    "4.312": _GAVE_UP,
    "4.316": _GAVE_UP,
    "4.317": _GAVE_UP,
    "5.0": _DOUBT,  # Outlook.com: "mailbox unavailable"
    "7.13": _NOW,  # RFC 5248: the user's account is disabled
    "7.17": _NOW,  # RFC 7293: the mailbox has another owner
    "7.18": _NOW,
}
SUBJECTS = {"0": _SILENT, "1": _NOW, "2": _DOUBT}  # others: host, network, content, policy


def explain_status(status: str) -> Meaning:
    """Return the meaning of a code such as 5.1.1; an unspecific one never counts."""
    _, subject, detail = status.split(".")
    named = f"{int(subject)}.{int(detail)}"
    return CODES.get(named) or SUBJECTS.get(str(int(subject)), _OURS)
