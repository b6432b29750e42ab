"""The kinds of refusal in the order in which they are matched, and the text normalization.

- The first match wins: the kinds about our server precede those about the mailbox, since "user
  rejected: your IP is listed" is about our server.
"""

import re

from petition.mail.reports.mailbox_words import (
    DOUBTFUL,
    EDGE,
    FULL_MAILBOX,
    GUESSED,
    NO_ANSWER,
    NO_HOST,
    NO_MAILBOX,
    NO_NAME_SERVER,
)
from petition.mail.reports.refusal_kinds import RefusalKind
from petition.mail.reports.sender_words import (
    AUTHENTICATION,
    BLOCKLIST,
    CONTENT,
    RATE,
    RELAYING,
    REVERSE_NAME,
    SENDER,
    SYSTEM,
)

KINDS = (
    GUESSED,
    EDGE,
    NO_NAME_SERVER,
    RELAYING,
    AUTHENTICATION,
    REVERSE_NAME,
    RATE,
    BLOCKLIST,
    SENDER,
    CONTENT,
    NO_MAILBOX,
    FULL_MAILBOX,
    NO_HOST,
    SYSTEM,
    NO_ANSWER,
    DOUBTFUL,
)

LONGEST = 4_000
_NOISE = re.compile(
    r"<[^<>\s]*@[^<>\s]*>|\[[^\[\]\s]*@[^\[\]\s]*\]|\S{1,320}@\S+"  # addresses
    r"|[245]\d\d-(?:#?[245]\.\d{1,3}\.\d{1,3})?(?= )"  # codes that start a continuation line
)
# Text that reporting servers put around every refusal, without information about the reason.
_FRAME = re.compile(
    r"(?:tried to deliver your message, )?but it was rejected by the (?:server for the )?recipient"
    r" domain|(?:reporting|remote|received-from)-mta: \S+ \S+|(?:final|original)-recipient: \S+"
    r"|remote (?:smtp )?server has rejected address|rejected by a remote mail server"
    r"|please send mail to <?postmaster>?|if you do so, please include this problem report"
)
_SPACES = re.compile(r"\s+")


def plain(text: str) -> str:
    """Return text normalized for the phrases: lower case, single spaces, no address.

    - Of at most LONGEST characters, since the reason is at the top.
    """
    clean = _SPACES.sub(" ", _NOISE.sub(" ", text[:LONGEST].lower().replace("\u2019", "'")))
    return _FRAME.sub(" ", clean).strip()


def find_kind(text: str) -> RefusalKind | None:
    """Return the first kind that matches a text."""
    words = plain(text)
    return next((kind for kind in KINDS if kind.pattern.search(words)), None)
