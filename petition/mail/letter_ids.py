"""The Message-IDs of letters: they tell a bounce's delivery, and nobody can make one up.

``<code.post.tag@host>``: the code stands on a public page and posts are few, so without the tag, a
keyed hash of both, whoever can mail us could have any letter taken for returned. A delivery keeps
its own from the day it was planned; a bounce is held against that and nothing else. So those
planned before there were tags keep theirs, which can be made up, until they are settled for good.
"""

from petition.core.extensions import get_settings
from petition.core.sealing import get_sealer

PURPOSE = "letter.message-id"
TAG_BYTES = 8


def make_letter_id(code: str, post_id: int) -> str:
    """Return the Message-ID of the letter of a milestone to a post; the same on each try."""
    name = f"{code.lower()}.{post_id}"
    tag = get_sealer().digest(name, PURPOSE)[:TAG_BYTES].hex()
    return f"<{name}.{tag}@{get_settings().mail_host}>"
