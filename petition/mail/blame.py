"""Whether a refusal speaks of the mailbox that was written to, or of us, of the way or of the text.

Only the first says that an address cannot be reached; the others an operator can mend.
"""

import re

from petition.errors import ChannelRefused

# RFC 3463: the second number is the subject. 0: not said; 1: the address; 2: the mailbox; 4: the
# way there. What is left are their system (3), the form (5, 6) and policy (7).
OF_THE_MAILBOX = ("1", "2")
OF_THE_WAY = ("0", "4")
OF_THE_SENDER = ("1.7", "1.8")
# RFC 5321, 4.2.3: what a server says to RCPT where there is no such mailbox, or none for us.
REPLIES = ("550", "551", "552", "553")
_DETAIL = re.compile(r"(\d{3}|malformed|garbled)(?: \d\.(\d{1,3})\.(\d{1,3}))? (?:at )?(\w+)")


def blames_recipient(refused: ChannelRefused) -> bool:
    """Return whether a refusal of the SMTP transport ("550 5.1.1 at rcpt") is of the address.

    - "Relay denied" (5.7.1) is not: it says something about our own account.
    """
    found = _DETAIL.fullmatch(str(refused))
    if found is None:
        return False
    reply, subject, detail, phase = found.groups()
    if reply == "malformed":
        return phase == "recipient"
    if subject is None:
        return phase == "rcpt" and reply in REPLIES
    return subject in OF_THE_MAILBOX and f"{subject}.{detail}" not in OF_THE_SENDER


def status_blames_recipient(status: str | None) -> bool:
    """Return whether the status of a failed delivery ("5.1.1", "4.4.7") is of the address.

    - What was tried for days and given up on the way (4.4.7) cannot be reached either. None, where
      the bounce names no status: a bounce that says no more is of the address.
    """
    if status is None:
        return True
    _, subject, detail = status.split(".")
    return subject in (*OF_THE_MAILBOX, *OF_THE_WAY) and f"{subject}.{detail}" not in OF_THE_SENDER
