"""Whether a signer made the prepared words their own: a hundred equal ones are read by nobody."""

import re
from functools import lru_cache

from petition.printable import make_printable

FIELD = re.compile(r"\{\{.*?\}\}")
REMEMBERED = 64  # campaigns


def is_prepared(comment: str, message: str) -> bool:
    """Return whether a comment is the campaign's prepared message as it stood in the form.

    - Whatever stands where the message has a merge field counts for nothing, nor do blanks.
    """
    if not message or not comment:
        return False
    return _pattern(message).fullmatch(_squeeze(comment)) is not None


@lru_cache(REMEMBERED)
def _pattern(message: str) -> re.Pattern[str]:
    fixed = [re.escape(part) for part in FIELD.split(_squeeze(message))]
    return re.compile(".{0,200}?".join(fixed))


def _squeeze(text: str) -> str:
    return make_printable(text)
