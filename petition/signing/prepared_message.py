"""Recognizes an unchanged prepared message: a hundred equal comments in a letter are not read."""

import re
from collections.abc import Iterator
from functools import lru_cache

from petition.validation.printable import make_printable

FIELD = re.compile(r"\{\{[^{}]*\}\}")
LONGEST_VALUE = 200  # characters in place of one merge field
REMEMBERED = 64  # campaigns


def is_prepared(comment: str, message: str) -> bool:
    """Return whether a comment is the campaign's prepared message as the form contained it.

    - Text in place of a merge field is ignored, and so are differences in blanks.
    - The time is at most linear in the length of the comment and in the number of fields, since a
      signer chooses the comment.
    """
    if not message or not comment:
        return False
    text = make_printable(comment)
    first, *later = _split(message)
    if not text.startswith(first):
        return False
    ends = [len(first)]  # the positions at which the parts so far may end, in order
    for part in later:
        ends = list(_find_ends(text, part, ends))
    return bool(ends) and ends[-1] == len(text)


def _find_ends(text: str, part: str, before: list[int]) -> Iterator[int]:
    """Yield, in order, the ends of each ``part`` that begins at most one value after an end."""
    nearest = -1
    for start in _find_all(text, part):
        while nearest + 1 < len(before) and before[nearest + 1] <= start:
            nearest += 1
        if nearest >= 0 and start - before[nearest] <= LONGEST_VALUE:
            yield start + len(part)


def _find_all(text: str, part: str) -> Iterator[int]:
    start = text.find(part)
    while start >= 0:
        yield start
        start = text.find(part, start + 1)


@lru_cache(REMEMBERED)
def _split(message: str) -> list[str]:
    """Return the fixed parts of the message, in order: one more than it has merge fields."""
    return FIELD.split(make_printable(message))
