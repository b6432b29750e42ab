"""What the page after signing knows about the signature that was just stored, and its sealed token.

It must not reveal whether the address had signed before: it refers to the row that was stored,
whichever that is, and its length does not reveal the answers.

- The pages read it instead of the row, so what they show does not depend on the row either.
- The token is in forms only, never in a URL. It may be used for an hour, as often as its signer
  changes an answer, until the mailbox's owner acts: see location_questions.py.
"""

import struct
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Self

from petition.core.clock import utcnow
from petition.core.columns import ROW_SECRET_BYTES
from petition.core.errors import ConfigurationError, TokenExpired
from petition.core.sealing import get_sealer, read_text, write_text
from petition.signing.link_tokens import LinkProblem, refuse_link
from petition.signing.location_questions import GOOD_FOR, NOBODY, Asked, fill_up

PURPOSE = "signature.answers"
# Signature, its secret, the number of its next answer, campaign, when it was signed; followed by
# lines of text: the ZIP and what was told, what is chosen, what was saved last.
LAYOUT = struct.Struct(f">Q{ROW_SECRET_BYTES}sIQI")
# Before the slug of the group whose link led to the form, among what is chosen.
FROM = "from-"
START = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class JustSigned:
    """The signature that was just stored.

    - ``told``: the ZIP, and what else was told of the home (petition/web/public/sign/). ``at``:
      when it was signed, in whole seconds.
    - ``chosen``: what is allowed so far by the form and since, such as "notify" or "offer-7";
      with "from-riders", by which group's link they came.
      ``saved``: the choice that was saved last; empty for none.
    """

    whom: Asked = NOBODY
    campaign_id: int = 0
    told: str = ""
    chosen: frozenset[str] = field(default_factory=frozenset)
    saved: str = ""
    at: datetime = START

    @property
    def source(self) -> str:
        """The slug of the group whose link led to the form; empty for none."""
        found = (name[len(FROM) :] for name in sorted(self.chosen) if name.startswith(FROM))
        return next(found, "")

    def choose(self, name: str, given: bool) -> Self:
        """Return it after a choice was saved."""
        chosen = self.chosen | {name} if given else self.chosen - {name}
        return replace(self, chosen=chosen, saved=name)


def pack(signed: JustSigned) -> bytes:
    """Return it as bytes, to be sealed."""
    whom = signed.whom
    head = LAYOUT.pack(
        whom.signature_id,
        whom.secret,
        whom.number,
        signed.campaign_id,
        int(signed.at.timestamp()),
    )
    lines = (signed.told, " ".join(sorted(signed.chosen)), signed.saved)
    return head + fill_up("\n".join(lines)).encode()


def unpack(packed: bytes) -> JustSigned:
    """Return what was packed; raises ValueError or struct.error for other bytes."""
    signature_id, secret, number, campaign_id, at = LAYOUT.unpack_from(packed)
    told, chosen, saved = packed[LAYOUT.size :].decode().split("\n")
    return JustSigned(
        whom=Asked(signature_id, secret if any(secret) else b"", number),
        campaign_id=campaign_id,
        told=told,
        chosen=frozenset(chosen.split()),
        saved=saved.rstrip(),
        at=datetime.fromtimestamp(at, UTC),
    )


def make_answers_token(signed: JustSigned) -> str:
    """Return the token that allows changing the answers of this signature."""
    return write_text(get_sealer().seal(pack(signed), PURPOSE))


def read_answers_token(token: str) -> JustSigned:
    """Return the content of a token; raises TokenRefused or TokenExpired."""
    try:
        signed = unpack(get_sealer().open(read_text(token), PURPOSE))
    except (ValueError, struct.error, ConfigurationError):
        raise refuse_link() from None
    if utcnow() > signed.at + GOOD_FOR:
        raise TokenExpired(LinkProblem.QUESTION_EXPIRED)
    return signed
