"""What a refusal can be about, when it counts, and the kinds that words tell.

- Phrases are regular expressions over text in small letters, with one space for any white space
  and without addresses: a local part such as "spam" must not be read as a reason.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class About(StrEnum):
    """What a mail that came back, or a refusal, is about."""

    RECIPIENT = "recipient"  # there is no such mailbox, or no such host
    OURS = "ours"  # our server, our account, our rate, or what the mail says
    FULL = "full"  # the mailbox takes nothing more for now
    GAVE_UP = "gave-up"  # tried for days without an answer
    COMPLAINT = "complaint"  # the reader wants no such mail
    NOTHING = "nothing"  # a delay, a receipt, an answering machine, or no report at all
    UNSURE = "unsure"  # a refusal that says too little


class CountsFrom(StrEnum):
    """When it makes an address unreachable."""

    NOW = "now"
    SECOND = "second"  # once a second one comes three or more days after the first
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class RefusalKind:
    """A kind of refusal: what it is about, and the phrases that tell it."""

    about: About
    counts: CountsFrom
    why: str
    pattern: re.Pattern[str]


def make_kind(about: About, counts: CountsFrom, why: str, *phrases: str) -> RefusalKind:
    """Return a kind that any of the phrases tells."""
    return RefusalKind(about, counts, why, re.compile("|".join(phrases)))
