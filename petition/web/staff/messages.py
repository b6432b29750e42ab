"""The parts of a message that are shown: headers, text and the names of attachments."""

import email
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default

SHOWN = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID")


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A parsed message; ``size`` is of the whole message, in bytes."""

    headers: list[tuple[str, str]]
    text: str
    attachments: list[str]
    size: int


def take_apart(raw: bytes) -> ShownMessage:
    """Return the parts of a message that are shown."""
    message = email.message_from_bytes(raw, policy=default)
    body = message.get_body(("plain",))
    return ShownMessage(
        headers=[(name, str(message[name])) for name in SHOWN if message[name]],
        text=body.get_content().strip() if isinstance(body, EmailMessage) else "",
        attachments=[part.get_filename() or "unnamed" for part in message.iter_attachments()],
        size=len(raw),
    )
