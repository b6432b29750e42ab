"""Read a bounce: which message of ours came back, for good, and with which code.

It is found by our own Message-ID among what the bounce returns; the addresses in it are not used,
since a forwarded mail comes back from another address than it was sent to.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

from flufl.bounce import scan_message

LARGEST = 1024 * 1024  # bytes; what is returned whole stands behind the report
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")  # RFC 3463
_HEADER = re.compile(r"^[>\s]*message-id:\s*(<[^<>\s]{3,200}>)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Bounce:
    """One bounce.

    - ``message_ids``: every one that it returns; one of them is ours. ``status``: as RFC 3463 has
      it, None where it is told in words only.
    """

    message_ids: tuple[str, ...]
    status: str | None


def read_bounce(content: bytes) -> Bounce | None:
    """Return what a mail says came back for good; None for any other mail.

    - A delay, an answer from a holiday and a plain reply are no bounces.
    - Reads at most the first MiB, and raises nothing, whatever is in it.
    """
    message = message_from_bytes(content[:LARGEST])
    try:
        if not scan_message(message):
            return None
        ids = tuple(dict.fromkeys(_find_ids(message)))
        status = next(_find_statuses(message), None)
    except Exception:  # a stranger wrote it: what cannot be read tells nothing
        return None
    return Bounce(ids, status) if ids else None


def _find_statuses(message: Message) -> Iterator[str]:
    """The codes of the recipients that failed, from the report (RFC 3464)."""
    for part in message.walk():
        action = str(part.get("Action", "")).lower()
        found = _STATUS.match(str(part.get("Status", "")).strip())
        if found and action.startswith(("fail", "error")):
            yield found[0]


def _find_ids(message: Message) -> Iterator[str]:
    """The Message-IDs of what is returned: a message, its headers, or its text quoted in words."""
    for part in message.walk():
        if part is not message and "Message-ID" in part:
            yield str(part["Message-ID"]).strip()
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                yield from _HEADER.findall(payload.decode("ascii", "replace"))
