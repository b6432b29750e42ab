"""Parse an incoming mail within limits, since anyone can send one that is made to take hours.

- What is over a limit is left out, and what came before it is read: a report says first what
  happened, and returns the mail last.
"""

from email.feedparser import FeedParser
from email.message import Message
from typing import Any

MOST_LINES = 20_000
MOST_PARTS = 200  # with the blocks of a report for its recipients
DEEPEST = 20  # parts within parts
MOST_HEADERS = 500  # of one part
LONGEST_FIELD = 2_000  # characters of a header


class _OverLimit(Exception):
    """The mail has more parts, or deeper ones, than are read."""


class _Part(Message):
    """A part that knows how deep it is, and keeps a limited number of limited headers."""

    depth = 0

    def set_raw(self, name: str, value: Any) -> None:
        """Add a header, as the parser does, cut to LONGEST_FIELD."""
        if len(self) < MOST_HEADERS:
            super().set_raw(name, value[:LONGEST_FIELD])

    def attach(self, payload: Message) -> None:  # type: ignore[override]
        """Add a part within this one, before it is read; raises _OverLimit if it is too deep."""
        if isinstance(payload, _Part):
            payload.depth = self.depth + 1
            if payload.depth > DEEPEST:
                raise _OverLimit
        super().attach(payload)


def parse_mail(content: bytes) -> Message:
    """Return a mail, up to the first line, part or depth that is over the limits."""
    lines = content.splitlines(keepends=True)[:MOST_LINES]
    return parse_text(b"".join(lines).decode("ascii", "surrogateescape"))


def parse_text(text: str) -> Message:
    """Return the mail in a text, within the limits of parts and depth."""
    parts: list[_Part] = []

    def add(**given: Any) -> _Part:
        if len(parts) >= MOST_PARTS:
            raise _OverLimit
        parts.append(_Part(**given))
        return parts[-1]

    parser = FeedParser(add)
    parts.clear()  # the parser tries what it is given
    try:
        parser.feed(text)
        return parser.close()
    except _OverLimit:
        return parts[0]
