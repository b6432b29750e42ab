"""Envelope: what the message that carries a letter says beside its PDF."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Envelope:
    """All that a message says beside its PDF, as plain values; stored only sealed.

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


# Stands for what does not open: a message without an id is none.
BROKEN_ENVELOPE = Envelope("", "", "", "", None, "", None, "", "", "", "", "")
