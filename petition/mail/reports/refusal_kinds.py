"""What a refusal can be about, when it counts, and kinds of refusal recognized by phrases.

- Phrases are regular expressions over lower-case text with white space collapsed and addresses
  removed: a local part such as "spam" must not match as a reason.
- A part that repeats has a largest number: text of a stranger takes time by its length alone.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class About(StrEnum):
    """What a bounce or a refusal is about."""

    RECIPIENT = "recipient"  # there is no such mailbox, or no such host
    OURS = "ours"  # our server, our account, our sending rate, or the content of the mail
    FULL = "full"  # the mailbox is full
    GAVE_UP = "gave-up"  # retried for days without a reply
    COMPLAINT = "complaint"  # the recipient reported it as spam or unsubscribed
    NOTHING = "nothing"  # a delay, a receipt, an auto-reply, or not a report at all
    UNSURE = "unsure"  # a refusal without a usable reason


class CountsFrom(StrEnum):
    """When a refusal makes an address unreachable."""

    NOW = "now"
    SECOND = "second"  # once a second one comes three or more days after the first
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class RefusalKind:
    """A kind of refusal: what it is about, and a pattern of its phrases."""

    about: About
    counts: CountsFrom
    why: str
    pattern: re.Pattern[str]


def make_kind(about: About, counts: CountsFrom, why: str, *phrases: str) -> RefusalKind:
    """Return a kind that matches any of the phrases."""
    return RefusalKind(about, counts, why, re.compile("|".join(phrases)))
