"""The Message-IDs of letters: they identify the delivery of a bounce and cannot be forged.

``<code.post.tag@host>``, with the channel after the post where staff chose another one. The code is
on a public page and there are few posts: without the tag, a keyed hash of all, anyone who can mail
us could have any letter recorded as bounced. A delivery stores its Message-ID when it is planned,
and a bounce is compared with that alone. So deliveries planned before tags were introduced keep an
ID that can be forged until they reach a final state.
"""

from petition.core.extensions import get_settings
from petition.core.sealing import get_sealer

PURPOSE = "letter.message-id"
TAG_BYTES = 8


def make_letter_id(code: str, post_id: int, channel: str = "") -> str:
    """Return the Message-ID of the letter of a milestone to a post; the same on each attempt.

    - ``channel``: the one that staff chose in place of the planned one; empty for that.
    """
    name = f"{code.lower()}.{post_id}.{channel}".rstrip(".")
    tag = get_sealer().digest(name, PURPOSE)[:TAG_BYTES].hex()
    return f"<{name}.{tag}@{get_settings().mail_host}>"
