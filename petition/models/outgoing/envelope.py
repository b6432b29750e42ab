"""Envelope: the content of the message with a letter, except the PDF."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Envelope:
    """The content of a message except its PDF, as plain values; stored only sealed.

    - ``dated``: ISO 8601 with its zone. ``sender`` and ``recipient`` are bare addresses.
    - ``sha256`` is the letter's.
    - ``bound_to``: the secret of the row that it is sealed for.
    """

    message_id: str
    dated: str
    sender: str
    sender_name: str
    recipient: str | None
    recipient_name: str
    reply_to: str | None
    subject: str
    language: str
    text: str
    file_name: str
    sha256: str
    bound_to: bytes = field(default=b"", repr=False, compare=False)


# Placeholder for an envelope that does not open, recognized by its empty message id.
BROKEN_ENVELOPE = Envelope("", "", "", "", None, "", None, "", "", "", "", "")
