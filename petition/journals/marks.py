"""Marks: what tells a signature from another that has its number after a restore."""

from datetime import datetime

from petition.core.sealing import get_sealer

PURPOSE = "journal"
MARK_BYTES = 16


def make_mark(signature_id: int, digest: bytes | None, created_at: datetime) -> str:
    """Return the keyed hash of what makes a signature that one; it names nobody."""
    value = f"{signature_id}|{(digest or b'').hex()}|{created_at.isoformat()}"
    return get_sealer().digest(value, PURPOSE)[:MARK_BYTES].hex()
