"""A mail server's own words as they may be kept: one line, no address, not too long."""

import re

from petition.validation.printable import make_printable

LONGEST_WORDS = 300  # characters, as the column has it
LONGEST_READ = 2000  # of what a server says, in which addresses are looked for
MASK = "[address]"
# Also as relays write them: in angle brackets, in quotation marks, with a route before them.
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"']{1,320}(?:@|=40)[^\s<>()\[\],;:\"']{1,320}")


def mask_words(said: bytes | str) -> str:
    """Return what a server said on one line of 300 characters, its addresses masked."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    line = " ".join(make_printable(text[:LONGEST_READ].replace("\n", " ")).split())
    return _ADDRESS.sub(MASK, line)[:LONGEST_WORDS]
