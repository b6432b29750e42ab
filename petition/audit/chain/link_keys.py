"""The keys that sign the chain: ed25519, each derived from a data key, so that none is stored.

- The first data key's signs. When it is replaced, the next link begins a new key: the old one signs
  the new one, if its data key is still set, and the new one signs the old one.
- A key is trusted here if its data key is set, or if a later trusted key has signed it.
"""

from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.audit.chain.event_lines import write_turn
from petition.core.clock import utcnow
from petition.core.sealing import get_sealer
from petition.models import AuditKey

PURPOSE = b"hundredth audit"


def list_own_keys() -> list[Ed25519PrivateKey]:
    """Return the keys of the data keys that are set; the first one signs."""
    return [Ed25519PrivateKey.from_private_bytes(one) for one in get_sealer().derive_keys(PURPOSE)]


def find_key(session: Session) -> tuple[int, Ed25519PrivateKey]:
    """Return the key that signs now, with its number; adds its row at its first use."""
    own = list_own_keys()
    public = own[0].public_key().public_bytes_raw()
    found = session.scalar(select(AuditKey.id).where(AuditKey.public == public))
    if found is None:
        found = _add_key(session, own, public)
    return found, own[0]


def list_keys(session: Session) -> Sequence[AuditKey]:
    """Return all keys, the oldest first."""
    return session.scalars(select(AuditKey).order_by(AuditKey.id)).all()


def list_trusted(keys: Sequence[AuditKey]) -> dict[int, Ed25519PublicKey]:
    """Return the public keys that are trusted here, by number; ``keys``: as of ``list_keys``."""
    own = {key.public_key().public_bytes_raw() for key in list_own_keys()}
    trusted: dict[int, Ed25519PublicKey] = {}
    newer: AuditKey | None = None
    for key in reversed(keys):
        if key.public in own or (newer is not None and _is_signed(newer, key, trusted)):
            trusted[key.id] = Ed25519PublicKey.from_public_bytes(key.public)
        newer = key
    return trusted


def is_valid(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    """Return whether a signature is of this key and these bytes."""
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def _is_signed(newer: AuditKey, key: AuditKey, trusted: dict[int, Ed25519PublicKey]) -> bool:
    if newer.id not in trusted or newer.signs_previous is None:
        return False
    turn = write_turn(newer.id, key.public, newer.public)
    return is_valid(trusted[newer.id], newer.signs_previous, turn)


def _add_key(session: Session, own: Sequence[Ed25519PrivateKey], public: bytes) -> int:
    last = session.scalars(select(AuditKey).order_by(AuditKey.id.desc()).limit(1)).first()
    added = AuditKey(id=last.id + 1 if last else 1, public=public, made_at=utcnow())
    if last is not None:
        turn = write_turn(added.id, last.public, public)
        added.signs_previous = own[0].sign(turn)
        old = (key for key in own if key.public_key().public_bytes_raw() == last.public)
        before = next(old, None)
        added.signed_by_previous = before.sign(turn) if before is not None else None
    session.add(added)
    session.flush()
    return added.id
