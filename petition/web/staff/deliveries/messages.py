"""The parts of a message that are shown: headers, text and the names of attachments."""

import email
import hashlib
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP, default

from petition.core.content.stores import ContentStore
from petition.letters.store import open_letters

# Seconds that a person waits for an object store that is away.
PATIENCE_SECONDS = 2.0
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


def write_source(raw: bytes) -> str:
    """Return a message as it was sent, as text, its attachments replaced by size and SHA-256."""
    message = email.message_from_bytes(raw, policy=SMTP)
    for part in message.walk():
        if part.get_content_disposition() == "attachment":
            content = part.get_payload(decode=True)
            size = len(content) if isinstance(content, bytes) else 0
            digest = hashlib.sha256(content).hexdigest() if isinstance(content, bytes) else ""
            part.set_payload(f"[{size:,} bytes, SHA-256 {digest}]")
    return message.as_bytes(policy=SMTP).decode("utf-8", "replace").replace("\r\n", "\n")


def get_store() -> ContentStore:
    """Return the store of letters, for a page: it does not wait long."""
    return open_letters(PATIENCE_SECONDS)
