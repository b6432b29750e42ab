"""A message as people read it: its headers, its text, what it carries."""

import email
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default

SHOWN = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID")


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message taken apart; ``size`` is of the whole, in bytes."""

    headers: list[tuple[str, str]]
    text: str
    attachments: list[str]
    size: int


def take_apart(raw: bytes) -> ShownMessage:
    """Return what a person wants to see of a message."""
    message = email.message_from_bytes(raw, policy=default)
    body = message.get_body(("plain",))
    return ShownMessage(
        headers=[(name, str(message[name])) for name in SHOWN if message[name]],
        text=body.get_content().strip() if isinstance(body, EmailMessage) else "",
        attachments=[part.get_filename() or "unnamed" for part in message.iter_attachments()],
        size=len(raw),
    )
