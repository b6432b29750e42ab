"""The ids of letters in e-mail: they identify the delivery of a report and cannot be forged.

- The Message-ID is ``<code.post.tag@host>``, with the channel after the post where staff chose
  another one. The code is on a public page and there are few posts: without the tag, a keyed hash
  of all, anyone who can mail us could have any letter recorded as bounced. A delivery stores its
  Message-ID when it is planned, and a bounce is compared with that alone. So deliveries planned
  before tags were introduced keep an ID that can be forged until they reach a final state.
- The envelope id (ENVID, RFC 3461) is ``delivery.attempt.tag``: a server repeats it in its
  reports, which so name the attempt too. It is in no header of the message.
"""

import hmac
import re

from petition.core.extensions import get_settings
from petition.core.sealing import get_sealer

PURPOSE = "letter.message-id"
ENVELOPE_PURPOSE = "letter.envelope-id"
TAG_BYTES = 8
_ENVELOPE_ID = re.compile(r"(\d{1,10})\.(\d{1,6})\.([0-9a-f]{16})", re.ASCII)


def make_letter_id(code: str, post_id: int, channel: str = "") -> str:
    """Return the Message-ID of the letter of a milestone to a post; the same on each attempt.

    - ``channel``: the one that staff chose in place of the planned one; empty for that.
    """
    name = f"{code.lower()}.{post_id}.{channel}".rstrip(".")
    tag = get_sealer().digest(name, PURPOSE)[:TAG_BYTES].hex()
    return f"<{name}.{tag}@{get_settings().mail_host}>"


def make_envelope_id(delivery_id: int, attempt: int) -> str:
    """Return the envelope id of one attempt, in characters that need no encoding."""
    name = f"{delivery_id}.{attempt}"
    return f"{name}.{_tag_envelope(name)}"


def read_envelope_id(text: str) -> tuple[int, int] | None:
    """Return the delivery and the attempt that an envelope id names; None if it is not ours."""
    found = _ENVELOPE_ID.fullmatch(text.strip().strip("<>"))
    if found is None:
        return None
    delivery_id, attempt = int(found[1]), int(found[2])
    is_ours = hmac.compare_digest(found[3], _tag_envelope(f"{delivery_id}.{attempt}"))
    return (delivery_id, attempt) if is_ours else None


def _tag_envelope(name: str) -> str:
    return get_sealer().digest(name, ENVELOPE_PURPOSE)[:TAG_BYTES].hex()
