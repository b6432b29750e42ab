"""Mail servers' reply texts in a form that may be stored: one line, addresses masked, shortened."""

import re

from petition.validation.printable import make_printable

LONGEST_WORDS = 300  # characters, the length of the column
LONGEST_READ = 2000  # characters of a reply that are searched for addresses
MASK = "[address]"
# Also as relays write them: in angle brackets, in quotation marks, after a source route.
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"']{1,320}(?:@|=40)[^\s<>()\[\],;:\"']{1,320}")


def mask_addresses(text: str) -> str:
    """Return a text with its addresses masked, and nothing else changed."""
    return _ADDRESS.sub(MASK, text)


def mask_words(said: bytes | str) -> str:
    """Return a server's reply text as one line of at most 300 characters, addresses masked."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    line = " ".join(make_printable(text[:LONGEST_READ].replace("\n", " ")).split())
    return _ADDRESS.sub(MASK, line)[:LONGEST_WORDS]
