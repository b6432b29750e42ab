"""The proof of work of the sign form: ALTCHA's, issued and verified on this host.

PBKDF2, so that native code gains little over a phone's browser. It is invisible: static/pow.js
computes it.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import altcha

from petition.core.clock import utcnow
from petition.core.sealing import get_sealer
from petition.signing.screening import Proof

ALGORITHM = "PBKDF2/SHA-256"
# A solver tries counters from 0 on, each of this many PBKDF2 rounds: about a second on a phone.
ROUNDS = 2_000
COUNTERS = range(150, 450)
GOOD_FOR = timedelta(minutes=10)
LONGEST_PROOF = 4_000  # characters


def make_challenge() -> dict[str, Any]:
    """Return a challenge in the format of ALTCHA's clients."""
    first, last = COUNTERS[0], COUNTERS[-1]
    challenge = altcha.create_challenge(
        ALGORITHM,
        ROUNDS,
        counter=first + secrets.randbelow(last - first + 1),
        expires_at=utcnow() + GOOD_FOR,
        hmac_secret=_find_key("challenge"),
        hmac_key_secret=_find_key("solution"),
    )
    return dict(challenge.to_dict())


def read_proof(text: str) -> Proof | None:
    """Return the proof of work that was sent; None for none, or for an expired one."""
    if not text:
        return None
    wrong = Proof(None, utcnow())
    if len(text) > LONGEST_PROOF:
        return wrong
    found = altcha.verify_solution(
        text, _find_key("challenge"), hmac_key_secret=_find_key("solution")
    )
    if found.expired:
        return None
    if not found.verified:
        return wrong
    # The rest of a payload has many spellings; the challenge's signature has one.
    challenge = altcha.Payload.from_base64(text).challenge
    digest = hashlib.sha256(str(challenge.signature).encode()).digest()
    return Proof(digest, datetime.fromtimestamp(challenge.parameters.expires_at or 0, UTC))


def _find_key(purpose: str) -> bytes:
    return get_sealer().digest(purpose, "proof of work")
